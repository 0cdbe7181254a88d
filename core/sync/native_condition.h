// NativeCondition: what a live thread waits at, behind ConditionVariable. One word: how many wait that no signal has been sent
// for, and a number that each such signal changes. Who waits sleeps at the number, in the kernel's futex(2), only while it is
// still the one that it saw when it was counted; so no signal that comes after that is missed.
//
// Not std::condition_variable: in glibc who comes back from a wait marks the mutex as contended, whether it is or not, and
// the next unlock asks the kernel to wake somebody who is not there: a system call for nobody with each wait. And until 2.41
// it can lose a signal (core/daemon/THREADING.md, "What it rests on"). tests/bench/lock_cost has the figures.
//
// More may be counted than wait, never fewer (condition_word_test.cc tries every order): a signal may end two waits, of one
// who sleeps and of one who was about to. Then a later signal asks the kernel in vain. The kernel wakes in order of
// priority, and of arrival among equals. A wait that sleeps through 2^32 signals to others might miss its own.
//
// Any thread. Linux.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include "core/sync/native_mutex.h"

namespace lockscope::sync {

class NativeCondition {
 public:
  static constexpr int64_t kForEver = -1;

  NativeCondition() = default;
  NativeCondition(const NativeCondition&) = delete;
  NativeCondition& operator=(const NativeCondition&) = delete;

  // Lets the mutex go and sleeps until a signal, or for no reason; holds it again on return. False: `timeout_ns` has passed.
  bool Wait(NativeMutex& mutex, int64_t timeout_ns = kForEver);
  // Wakes one waiter, if there is one; by the calling thread's WakeQueue, where it has one. Whoever got the mutex after a
  // wait let it go finds that waiter here.
  void Signal();
  void Broadcast();

 private:
  static_assert(std::endian::native == std::endian::little, "the futex is the word's lower half");

  uint32_t* number() { return reinterpret_cast<uint32_t*>(&word_); }
  template <typename Change>
  bool Become(const Change& change);

  std::atomic<uint64_t> word_{0};  // A ConditionWord.
};

}  // namespace lockscope::sync
