// FakePoller: a Poller whose readiness and time are the test's. It never sleeps: where nothing is ready it lets its
// clock run to the timeout, and where the loop would sleep for ever it ends the program.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "core/loop/poller.h"

namespace lockscope::testing {

class FakePoller : public loop::Poller {
 public:
  // What a handle is ready for, asked each time. Called by the thread that polls.
  using Source = std::function<uint32_t()>;

  Handle Add(Source source = nullptr);
  void SetSource(Handle handle, Source source);
  void SetReady(Handle handle, uint32_t events);  // From now on.
  void Advance(int64_t ns);
  void Raise(int signal);
  // Runs once, in the next Poll that finds nothing ready: as if it happened while the loop sleeps.
  void WhileAsleep(std::function<void()> happening) { happening_ = std::move(happening); }

  // What the last Poll was given, but for places where nothing is wanted.
  const std::vector<loop::PollEntry>& entries() const { return entries_; }
  int64_t timeout_ns() const { return timeout_ns_; }
  int wake_ups() const;
  std::vector<Handle> forgotten() const;

  size_t Poll(std::span<loop::PollEntry> entries, int64_t timeout_ns) override;
  void WakeUp() override;
  int64_t NowNs() override;
  Result<Handle> WatchSignals() override;
  std::optional<int> NextSignal() override;
  void Forget(Handle handle) override;

 protected:
  // Fills in what is ready, and says how many are. With mu_ held.
  size_t Look(std::span<loop::PollEntry> entries);
  virtual void Woken() {}  // After each WakeUp, with mu_ held.

  mutable std::mutex mu_;
  bool woken_ = false;

 private:
  std::map<uint64_t, Source> sources_;
  uint64_t last_handle_ = 0;
  int64_t now_ns_ = 1'000'000'000;
  int wake_ups_ = 0;
  std::vector<Handle> forgotten_;
  std::deque<int> signals_;
  std::function<void()> happening_;
  std::vector<loop::PollEntry> entries_;
  int64_t timeout_ns_ = 0;
};

}  // namespace lockscope::testing
