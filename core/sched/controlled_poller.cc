#include "core/sched/controlled_poller.h"

namespace lockscope::sched {

using sync::Action;

Handle ControlledPoller::Add(Readiness readiness) {
  const UnseenByRaceDetector unseen;
  handles_.emplace(++last_handle_, std::move(readiness));
  return Handle{last_handle_};
}

void ControlledPoller::SetReadiness(Handle handle, Readiness readiness) {
  const UnseenByRaceDetector unseen;
  handles_[handle.value] = std::move(readiness);
}

void ControlledPoller::Changed() { runtime_.WakeAt(this); }

void ControlledPoller::RaiseSignal(int number) {
  if (!runtime_.Step(Action::kWakePoll, kNoObject)) return;
  {
    const UnseenByRaceDetector unseen;
    signals_.push_back(number);
  }
  Changed();
}

size_t ControlledPoller::Look(std::span<loop::PollEntry> entries) const {
  size_t ready = 0;
  for (loop::PollEntry& entry : entries) {
    if (entry.wanted == 0) continue;
    const auto handle = handles_.find(entry.handle.value);
    const uint32_t now = handle == handles_.end() || handle->second == nullptr ? 0 : handle->second();
    entry.ready = now & (entry.wanted | loop::kIoHangup);
    if (entry.ready != 0) ++ready;
  }
  return ready;
}

size_t ControlledPoller::Poll(std::span<loop::PollEntry> entries, int64_t timeout_ns) {
  if (!runtime_.Step(Action::kPoll, kNoObject)) return 0;
  const int64_t deadline_ns = timeout_ns < 0 ? sync::Runtime::kForEver : runtime_.TimeIn(timeout_ns);
  size_t ready = 0;
  bool in_time = true;
  while (true) {
    {
      const UnseenByRaceDetector unseen;
      ready = Look(entries);
    }
    if (ready > 0 || woken_ || timeout_ns == 0 || !in_time) break;
    in_time = runtime_.WaitAt(this, ThreadStatus::kPolling, kNoObject, deadline_ns);
  }
  RaceAcquire(this);
  woken_ = false;
  return ready;
}

void ControlledPoller::WakeUp() {
  if (!runtime_.Step(Action::kWakePoll, kNoObject)) return;
  {
    const UnseenByRaceDetector unseen;
    woken_ = true;
  }
  Changed();
}

Result<Handle> ControlledPoller::WatchSignals() {
  return Add([this] { return signals_.empty() ? 0 : loop::kIoReadable; });
}

std::optional<int> ControlledPoller::NextSignal() {
  const UnseenByRaceDetector unseen;
  if (signals_.empty()) return std::nullopt;
  const int number = signals_.front();
  signals_.pop_front();
  return number;
}

void ControlledPoller::Forget(Handle handle) {
  const UnseenByRaceDetector unseen;
  handles_.erase(handle.value);
}

}  // namespace lockscope::sched
