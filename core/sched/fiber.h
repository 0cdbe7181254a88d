// Fiber: a flow of control with a stack of its own, that runs until it hands over to another one.
//
// A hand-over costs some nanoseconds: registers are exchanged, the kernel knows nothing of it. All fibers that hand over
// to one another belong to one OS thread. `errno` and the sanitizers' view of the stack move with the fiber. For
// ThreadSanitizer each fiber is a thread, and a hand-over synchronises nothing: a data race between two fibers is found,
// if no lock orders them, although they never run at once.
//
// Resume is in this header, and everything below it, so that it is part of the function that calls it: what a fiber returns
// from after a hand-over no processor can foresee, and each such return costs as much as the exchange itself.
//
// A fiber's function returns before the fiber is destroyed: nothing is unwound here.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <functional>
#include <memory>

#include "core/base/check.h"
#include "core/base/race_detector.h"
#include "core/sched/stack_pool.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define LS_ASAN 1
#endif

// The functions around a jump: ThreadSanitizer counts the entries and exits of functions for each fiber, and these are
// entered on one fiber and left on another.
#if LS_RACE_DETECTOR && defined(__clang__)
#define LS_AROUND_JUMP __attribute__((disable_sanitizer_instrumentation, noinline))
#elif LS_RACE_DETECTOR
#define LS_AROUND_JUMP __attribute__((no_sanitize_thread, noinline))
#else
#define LS_AROUND_JUMP
#endif

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
  LS_AROUND_JUMP void Resume(Fiber& from) {
    LS_CHECK(!ended_, "a fiber that has ended is resumed");
    from.Leave(*this, false);
    Go({&from, this});
  }
  bool ended() const { return ended_; }

 private:
  struct Entry;
  struct Jump {
    Fiber* from;
    Fiber* to;
  };

  Fiber();
  void TellSanitizersOfLeaving(Fiber& to, bool for_good);
  void TellSanitizersOfArriving(Fiber& from);
  Fiber& RunBody();

  LS_AROUND_JUMP void Leave([[maybe_unused]] Fiber& to, [[maybe_unused]] bool for_good) {
    errno_ = *errno_at_;
#if LS_ASAN || LS_RACE_DETECTOR
    TellSanitizersOfLeaving(to, for_good);
#endif
  }

  LS_AROUND_JUMP void Arrive([[maybe_unused]] Fiber& from) {
#if LS_ASAN || LS_RACE_DETECTOR
    TellSanitizersOfArriving(from);
#endif
    *errno_at_ = errno_;
  }

  // By `jump.from`, which goes on when this returns.
  LS_AROUND_JUMP static void Go(Jump jump) {
    const boost::context::detail::transfer_t arrived = boost::context::detail::jump_fcontext(jump.to->context_, &jump);
    const auto* back = static_cast<const Jump*>(arrived.data);
    back->from->context_ = arrived.fctx;
    jump.from->Arrive(*back->from);
  }

  // boost::context::fiber would do, but it ends a fiber by returning through its own frames, after the sanitizers have been
  // told that another stack is in use, and tears down a suspended one by an exception. What it is built on has neither.
  boost::context::detail::fcontext_t context_ = nullptr;  // Where it goes on; while it waits for a hand-over.
  Stack stack_;                                           // Empty for the OS thread's own.
  std::function<void()> body_;
  std::function<Fiber&()> next_;
  int* const errno_at_;  // Of the OS thread that all its fibers share.
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
