// NativeMutex: the lock itself, behind Mutex. Free, held, or held with somebody perhaps asleep at it: one word, and the kernel's
// futex(2) for those who sleep (U. Drepper, "Futexes Are Tricky", 2011: its mutex2).
//
// Not std::mutex: a Mutex must know whether it had to wait, so it tries before it locks, and glibc's try costs more than its
// lock (only contended acquisitions recorded: 1.11 of a bare pair with std::mutex, 0.91 so; tests/bench/lock_cost). Here both are one instruction in the caller's code. Not recursive, not
// fair: whoever comes at the right moment gets it before those who sleep. Any thread. Linux.
#pragma once

#include <atomic>
#include <cstdint>

namespace lockscope::sync {

class NativeMutex {
 public:
  NativeMutex() = default;
  NativeMutex(const NativeMutex&) = delete;
  NativeMutex& operator=(const NativeMutex&) = delete;

  bool try_lock() {
    uint32_t free = kFree;
    return state_.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }
  void lock() {
    if (!try_lock()) [[unlikely]]
      LockSlowly();
  }
  void unlock() {
    if (state_.exchange(kFree, std::memory_order_release) == kAwaited) [[unlikely]]
      WakeOne();
  }

 private:
  static constexpr uint32_t kFree = 0;
  static constexpr uint32_t kHeld = 1;
  static constexpr uint32_t kAwaited = 2;  // Held, and somebody may be asleep.

  void LockSlowly();
  void WakeOne();
  const uint32_t* number() const { return reinterpret_cast<const uint32_t*>(&state_); }

  std::atomic<uint32_t> state_{kFree};
};

}  // namespace lockscope::sync
