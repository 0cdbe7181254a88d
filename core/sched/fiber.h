// Fiber: a flow of control with a stack of its own, that runs until it hands over to another one.
//
// A hand-over costs some nanoseconds: registers are exchanged, the kernel knows nothing of it. All fibers that hand over
// to one another belong to one OS thread. `errno` and the sanitizers' view of the stack move with the fiber. For
// ThreadSanitizer each fiber is a thread, and a hand-over synchronises nothing: a data race between two fibers is found,
// if no lock orders them, although they never run at once.
//
// Resume is in this header, and everything below it, so that it is part of the function that calls it: what a fiber returns
// from after a hand-over a processor seldom foresees, and each such return costs as much as the exchange itself. See
// also JumpTo.
//
// A fiber's function returns before the fiber is destroyed: nothing is unwound here.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <functional>

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

// Whether Fiber::JumpTo is right here: nothing looks at calls (the sanitizers, a shadow stack), and the registers that a call
// may change are those that it names.
#if defined(__x86_64__) && defined(__LP64__) && !defined(__AVX512F__) && !LS_ASAN && !LS_RACE_DETECTOR
#if !defined(__CET__) || (__CET__ & 2) == 0
#define LS_JUMPS_WITHOUT_CALL 1
#endif
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
  static Fiber OfThisThread() { return Fiber(); }
  // Begins `body`, on that stack, at the first hand-over to it. When body returns, it goes on with the fiber that `next` names.
  // The stack outlives the fiber.
  Fiber(const Stack& stack, std::function<void()> body, std::function<Fiber&()> next);
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

  // boost::context::detail::jump_fcontext, entered by a jump instead of a call: it leaves by a jump, too, and a processor that
  // has seen a call without its return foresees wrongly every return that follows (its stack of returns is off by one).
  [[gnu::always_inline]] static boost::context::detail::transfer_t JumpTo(boost::context::detail::fcontext_t to,
                                                                          void* data) {
#if LS_JUMPS_WITHOUT_CALL
    boost::context::detail::transfer_t arrived;
    // Over the red zone, in which the compiler may keep something; and with the stack as a call would leave it. What a callee
    // has to keep, jump_fcontext keeps: all else is named below.
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"
        "lea 1f(%%rip), %%rax\n\t"
        "push %%rax\n\t"
        "jmp *jump_fcontext@GOTPCREL(%%rip)\n"
        "1:\tlea 128(%%rsp), %%rsp"
        : "=a"(arrived.fctx), "=d"(arrived.data), "+D"(to), "+S"(data)
        :
        : "rcx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
          "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)",
          "st(5)", "st(6)", "st(7)", "memory", "cc");
    return arrived;
#else
    return boost::context::detail::jump_fcontext(to, data);
#endif
  }

  // By `jump.from`, which goes on when this returns.
  LS_AROUND_JUMP static void Go(Jump jump) {
    const boost::context::detail::transfer_t arrived = JumpTo(jump.to->context_, &jump);
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
