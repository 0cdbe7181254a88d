#include "core/sync/native_condition.h"

#include <time.h>

#include <climits>
#include <limits>

#include "core/base/clock.h"
#include "core/sync/futex.h"
#include "core/sync/wake_queue.h"

namespace lockscope::sync {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

uint32_t NumberIn(uint64_t word) { return static_cast<uint32_t>(word); }

void WakeSome(void* number, int times) { WakeAt(static_cast<uint32_t*>(number), times); }
void WakeAll(void* number, int /*times*/) { WakeAt(static_cast<uint32_t*>(number), INT_MAX); }

timespec After(int64_t timeout_ns) {
  const int64_t now_ns = MonotonicNs();
  const int64_t at_ns = timeout_ns < std::numeric_limits<int64_t>::max() - now_ns ? now_ns + timeout_ns
                                                                                  : std::numeric_limits<int64_t>::max();
  return {static_cast<time_t>(at_ns / kNsPerSecond), static_cast<long>(at_ns % kNsPerSecond)};
}

}  // namespace

bool NativeCondition::Wait(NativeMutex& mutex, int64_t timeout_ns) {
  timespec deadline{};
  if (timeout_ns >= 0) deadline = After(timeout_ns);
  const uint32_t seen = NumberIn(word_.fetch_add(kWaiter, std::memory_order_acq_rel));
  mutex.unlock();
  const SleepEnd end = SleepAt(number(), seen, timeout_ns < 0 ? nullptr : &deadline);
  const bool in_time = end != SleepEnd::kTimeout || !Leave(seen);
  mutex.lock();
  return in_time;
}

// The time has passed: as long as there was no signal since the caller was counted, it is counted still. False: there was
// one, and it may have been the caller's.
bool NativeCondition::Leave(uint32_t seen) {
  uint64_t word = word_.load(std::memory_order_acquire);
  while (NumberIn(word) == seen) {
    if (word_.compare_exchange_weak(word, word - kWaiter, std::memory_order_acq_rel)) return true;
  }
  return false;
}

// Takes one of those who wait out of the count, and changes the number: those who are not asleep yet will not be, and of those
// who are, the kernel wakes one.
void NativeCondition::Signal() {
  uint64_t word = word_.load(std::memory_order_acquire);
  do {
    if (word < kWaiter) return;
  } while (
      !word_.compare_exchange_weak(word, ((word >> 32) - 1) << 32 | NumberIn(word + 1), std::memory_order_acq_rel));
  WakeQueue::Add(&WakeSome, number());
}

void NativeCondition::Broadcast() {
  uint64_t word = word_.load(std::memory_order_acquire);
  do {
    if (word < kWaiter) return;
  } while (!word_.compare_exchange_weak(word, NumberIn(word + 1), std::memory_order_acq_rel));
  WakeQueue::Add(&WakeAll, number());
}

}  // namespace lockscope::sync
