#include "tests/support/turn_poller.h"

namespace lockscope::testing {

bool TurnPoller::AwaitParked() {
  std::unique_lock lock(mu_);
  changed_.wait(lock, [&] { return (parked_ && !granted_) || ended_; });
  return !ended_;
}

bool TurnPoller::Turn() {
  if (!AwaitParked()) return false;
  std::unique_lock lock(mu_);
  granted_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return (parked_ && !granted_) || ended_; });
  return !ended_;
}

void TurnPoller::Grant() {
  AwaitParked();
  const std::lock_guard lock(mu_);
  granted_ = true;
  changed_.notify_all();
}

bool TurnPoller::TurnOnce() {
  {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [&] { return ended_ || (parked_ && !granted_ && (woken_ || Look(parked_entries_) > 0)); });
  }
  return Turn();
}

void TurnPoller::LoopHasEnded() {
  const std::lock_guard lock(mu_);
  ended_ = true;
  changed_.notify_all();
}

size_t TurnPoller::Poll(std::span<loop::PollEntry> entries, int64_t /*timeout_ns*/) {
  {
    std::unique_lock lock(mu_);
    parked_entries_ = entries;
    parked_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return granted_; });
    granted_ = false;
    parked_ = false;
  }
  return FakePoller::Poll(entries, 0);
}

}  // namespace lockscope::testing
