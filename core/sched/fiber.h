// Fiber: a flow of control with a stack of its own, that runs until it hands over to another one.
//
// A hand-over costs some nanoseconds: registers are exchanged, the kernel knows nothing of it. All fibers that hand over
// to one another belong to one OS thread. `errno` and the sanitizers' view of the stack move with the fiber. For
// ThreadSanitizer each fiber is a thread, and a hand-over synchronises nothing: a data race between two fibers is found,
// if no lock orders them, although they never run at once.
//
// A fiber's function returns before the fiber is destroyed: nothing is unwound here.
#pragma once

#include <functional>
#include <memory>

#include "core/base/race_detector.h"
#include "core/sched/stack_pool.h"

namespace lockscope::sched {

class Fiber {
 public:
  // The calling OS thread's own flow: what others come back to.
  static std::unique_ptr<Fiber> OfThisThread();
  // Begins `body` at the first hand-over to it. When body returns, it goes on with the fiber that `next` names.
  Fiber(std::function<void()> body, std::function<Fiber&()> next);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // By the running fiber `from`: goes on with this one; returns when somebody hands over to `from`.
  void Resume(Fiber& from);
  bool ended() const { return ended_; }

 private:
  struct Entry;
  Fiber() = default;
  void Leave(Fiber& to, bool for_good);
  void Arrive(Fiber& from);
  Fiber& RunBody();

  void* context_ = nullptr;  // Where it goes on; while it waits for a hand-over.
  Stack stack_;              // Empty for the OS thread's own.
  std::function<void()> body_;
  std::function<Fiber&()> next_;
  int errno_ = 0;
  bool ended_ = false;
  struct {
    const void* stack_bottom = nullptr;
    size_t stack_bytes = 0;
    void* fake_stack = nullptr;
    void* tsan_fiber = nullptr;
  } sanitizers_;  // What they have to be told, or have told us.
};

using lockscope::UnseenByRaceDetector;

// To the race detector: everything before Release(x) happened before everything after a later Acquire(x).
#if LS_RACE_DETECTOR
void RaceRelease(void* what);
void RaceAcquire(void* what);
#else
inline void RaceRelease(void* /*what*/) {}
inline void RaceAcquire(void* /*what*/) {}
#endif

}  // namespace lockscope::sched
