// WakeQueue: while it lives, whom the calling thread wakes is woken only when it ends. Declared before the locks of a scope
// it ends after them, and the woken find them free:
//
//   const sync::WakeQueue wakes;
//   const sync::MutexLock lock(mu);
//   …
//   condition.signal();   // Sent here: counted, recorded, seen by who is about to wait. The kernel is asked at the end.
//
// A thread that is woken runs at once, often in the place of the one that wakes it; if that still has the lock which it asks
// for first, it goes to sleep again, and unlocking has to wake it a second time. (Linux itself does the same under the same
// name: wake_q in kernel/sched/core.c.) What is woken must outlive the scope. One thread; queues may be nested. A controlled
// run wakes nobody, so it is the same with and without.
#pragma once

#include <array>
#include <cstddef>

namespace lockscope::sync {

class WakeQueue {
 public:
  using Wake = void (*)(void* what, int times);

  WakeQueue();
  ~WakeQueue();
  WakeQueue(const WakeQueue&) = delete;
  WakeQueue& operator=(const WakeQueue&) = delete;

  // For what can be woken: at the end of the calling thread's queue, or, where it has none or that is full, now. Many times
  // become one call.
  static void Add(Wake wake, void* what);

 private:
  struct Entry {
    Wake wake = nullptr;
    void* what = nullptr;
    int times = 0;
  };

  WakeQueue* const outer_;
  std::array<Entry, 4> entries_;
  size_t count_ = 0;
};

}  // namespace lockscope::sync
