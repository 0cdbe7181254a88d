// ControlledPoller: how the event loop sleeps in a controlled run. A handle is a place whose readiness a function tells;
// time is the run's.
//
// For the threads of one ControlledRuntime.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "core/loop/poller.h"
#include "core/sched/controlled_runtime.h"

namespace lockscope::sched {

class ControlledPoller final : public loop::Poller {
 public:
  using Readiness = std::function<uint32_t()>;  // kIoReadable, kIoWritable, kIoHangup, as they are now.

  explicit ControlledPoller(ControlledRuntime& runtime) : runtime_(runtime) {}

  // `readiness` must be callable until Forget, or the end of the run.
  Handle Add(Readiness readiness = nullptr);
  void SetReadiness(Handle handle, Readiness readiness);
  // Something may have become ready.
  void Changed();
  // What a signal does that the process is sent.
  void RaiseSignal(int number);

  size_t Poll(std::span<loop::PollEntry> entries, int64_t timeout_ns) override;
  void WakeUp() override;
  int64_t NowNs() override { return runtime_.NowNs(); }
  Result<Handle> WatchSignals() override;
  std::optional<int> NextSignal() override;
  void Forget(Handle handle) override;

 private:
  size_t Look(std::span<loop::PollEntry> entries) const;

  ControlledRuntime& runtime_;
  std::map<uint64_t, Readiness> handles_;
  uint64_t last_handle_ = 0;
  std::deque<int> signals_;
  bool woken_ = false;
};

}  // namespace lockscope::sched
