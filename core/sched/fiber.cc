#include "core/sched/fiber.h"

#include <errno.h>

#include <utility>

#if LS_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#if LS_RACE_DETECTOR
#include <sanitizer/tsan_interface.h>
#endif

namespace lockscope::sched {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

struct Fiber::Entry {
  LS_AROUND_JUMP static void Begin(transfer_t arrived) {
    const Jump first = *static_cast<const Jump*>(arrived.data);
    first.from->context_ = arrived.fctx;
    first.to->Arrive(*first.from);
    Fiber& next = first.to->RunBody();
    LS_CHECK(!next.ended_, "a fiber hands over to one that has ended");
    first.to->ended_ = true;
    first.to->Leave(next, true);
    Jump last{first.to, &next};
    jump_fcontext(next.context_, &last);
  }
};

Fiber::Fiber() : errno_at_(&errno) {
#if LS_RACE_DETECTOR
  sanitizers_.tsan_fiber = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(const Stack& stack, std::function<void()> body, std::function<Fiber&()> next)
    : stack_(stack), body_(std::move(body)), next_(std::move(next)), errno_at_(&errno) {
  sanitizers_.stack_bottom = stack_.bottom;
  sanitizers_.stack_bytes = stack_.bytes;
  context_ = make_fcontext(stack_.bottom + stack_.bytes, stack_.bytes, &Entry::Begin);
#if LS_RACE_DETECTOR
  sanitizers_.tsan_fiber = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  if (stack_.bytes == 0) return;
  RaceAcquire(this);
  LS_CHECK(ended_, "a fiber is destroyed before it has ended");
#if LS_RACE_DETECTOR
  __tsan_destroy_fiber(sanitizers_.tsan_fiber);
#endif
}

Fiber& Fiber::RunBody() {
  body_();
  body_ = nullptr;  // What it owns goes while its own stack is still in use.
  Fiber& next = next_();
  RaceRelease(this);
  return next;
}

// The sanitizers hear of a hand-over here; LS_AROUND_JUMP keeps what follows until the jump out of their sight.
LS_AROUND_JUMP void Fiber::TellSanitizersOfLeaving([[maybe_unused]] Fiber& to, [[maybe_unused]] bool for_good) {
#if LS_ASAN
  __sanitizer_start_switch_fiber(for_good ? nullptr : &sanitizers_.fake_stack, to.sanitizers_.stack_bottom,
                                 to.sanitizers_.stack_bytes);
#endif
#if LS_RACE_DETECTOR
  __tsan_switch_to_fiber(to.sanitizers_.tsan_fiber, __tsan_switch_to_fiber_no_sync);
#endif
}

LS_AROUND_JUMP void Fiber::TellSanitizersOfArriving([[maybe_unused]] Fiber& from) {
#if LS_ASAN
  // This is also how the bounds of the OS thread's own stack are learned.
  __sanitizer_finish_switch_fiber(sanitizers_.fake_stack, &from.sanitizers_.stack_bottom,
                                  &from.sanitizers_.stack_bytes);
#endif
}

#if LS_RACE_DETECTOR
void RaceRelease(void* what) { __tsan_release(what); }
void RaceAcquire(void* what) { __tsan_acquire(what); }
#endif

}  // namespace lockscope::sched
