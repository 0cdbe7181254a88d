#include "core/trace/hold_proof.h"

#include <algorithm>

namespace lockscope::trace {

// Almost every event is the one that its lock expects. That path has no branch to be foretold wrongly: whether the next
// event acquires or releases, and which lock, is as random as the program is.
Result<void> HoldProof::Add(std::span<const Event> events, std::span<const uint32_t> threads) {
  uint64_t acquisitions = 0, holds = 0, clock_error = proof_.clock_error_ticks;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    const bool release = event.kind() == EventKind::kLockReleased;
    const bool acquisition = event.kind() == EventKind::kLockAcquired;
    const bool named = event.object() != kNoObject;
    const bool of_lock = (release || acquisition) && named;
    Lock& lock = locks_[of_lock ? event.object() : 0];
    const bool counts_on = Code(event) == lock.code + 1;
    const bool same_thread = lock.thread == threads[i];
    const bool expected = counts_on && (acquisition || same_thread);
    if (of_lock && !expected) [[unlikely]] {
      if (Result<void> ok = AddUnexpected(event, threads[i]); !ok) return ok;
      clock_error = std::max(clock_error, proof_.clock_error_ticks);
      continue;
    }
    const bool proves = of_lock && acquisition;
    acquisitions += proves;
    holds += proves;
    const uint64_t error = lock.ticks > event.ticks() ? lock.ticks - event.ticks() : 0;
    clock_error = std::max(clock_error, proves ? error : 0);
    lock = {event.ticks(), Code(event), threads[i]};
  }
  proof_.acquisitions += acquisitions;
  proof_.holds += holds;
  proof_.clock_error_ticks = clock_error;
  return {};
}

Result<void> HoldProof::AddUnexpected(const Event& event, uint32_t thread) {
  Lock& lock = locks_[event.object()];
  const bool first = lock.code == kNever;
  const auto last = static_cast<uint32_t>(lock.code / 2);
  if (event.kind() == EventKind::kLockReleased) {
    const auto late = open_.find({event.object(), event.arg()});
    if (late != open_.end() && late->second == thread) {
      return Fail("hold {} of lock {} ends only after acquisition {} of it", event.arg(), event.object(), last);
    }
    return {};  // Its acquisition was dropped.
  }
  if (!first && event.arg() == last) {
    return Fail("lock {} is acquired twice with the sequence number {}", event.object(), last);
  }
  if (!first && event.arg() < last) {
    return Fail("acquisition {} of lock {} comes after acquisition {} of it", event.arg(), event.object(), last);
  }
  ++proof_.acquisitions;
  if (!first) {
    proof_.missing += event.arg() - last - 1;
    if (lock.code % 2 == 1) {
      ++proof_.holds;
      if (lock.ticks > event.ticks()) {
        proof_.clock_error_ticks = std::max(proof_.clock_error_ticks, lock.ticks - event.ticks());
      }
    } else {
      open_.emplace(std::pair(event.object(), last), lock.thread);
    }
  }
  lock = {event.ticks(), Code(event), thread};
  return {};
}

}  // namespace lockscope::trace
