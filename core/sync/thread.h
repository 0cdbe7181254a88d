// Thread: a thread with a name and a role, whose start, end and join become events.
//
// It runs under the runtime of the thread that starts it. Join it before it is destroyed: that is checked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "core/base/source_place.h"
#include "core/sync/thread_state.h"

namespace lockscope::sync {

class Thread {
 public:
  // Starts at once. The thread must hold no traced lock when `body` returns.
  Thread(std::string name, Role role, std::function<void()> body, SourcePlace place = SourcePlace::Here());
  // Without a role: those are the model's.
  Thread(std::string name, std::function<void()> body, SourcePlace place = SourcePlace::Here())
      : Thread(std::move(name), Role::kNone, std::move(body), place) {}
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  // Waits for its end. By the thread that made it, once.
  void Join(SourcePlace place = SourcePlace::Here());

  ObjectId id() const { return state_.id(); }
  const std::string& name() const { return state_.name(); }

 private:
  void Run();

  ThreadState state_;
  Runtime* const starter_runtime_;
  // Of its start:
  std::function<void()> body_;
  const ObjectId parent_;
  const SourcePlace place_;
  std::thread native_;
  bool joined_ = false;
};

// Sleeps, or lets virtual time pass. Nanoseconds; any thread.
void SleepFor(int64_t ns);
// CLOCK_MONOTONIC or virtual time, in nanoseconds. Any thread.
int64_t NowNs();

}  // namespace lockscope::sync
