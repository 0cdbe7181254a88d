// The guard: the rules of the lock order, checked as the program runs.
//
// A breach names both locks, both threads and both places. By policy it then aborts the program (the default: a breach is
// our own bug), or becomes a rule_broken event in the recording and the run goes on to its real consequence (for showing
// bugs on purpose). It can also be turned off. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/annotations.h"
#include "core/base/ids.h"
#include "core/base/source_place.h"
#include "core/sync/lock_order.h"
#include "core/sync/thread_state.h"

namespace lockscope::sync {

class Mutex;

enum class GuardPolicy : uint8_t {
  kAbort,
  kRecord,
  kOff,  // Nothing is checked: for programs that have been checked and count every nanosecond.
};
// While kOff is left or entered, locks may be held: what was taken unchecked is not known to be held.
void SetGuardPolicy(GuardPolicy policy);
GuardPolicy CurrentGuardPolicy();
// Breaches since the program began (under kRecord; under kAbort there is no second one).
uint64_t BreachCount();

// R1, R2: before `self` asks for `wanted`.
void CheckAcquisition(ThreadState& self, const Mutex& wanted, SiteId site);

// R5: before `self` waits with `own`, it must hold that and nothing else.
void CheckWait(ThreadState& self, const Mutex& own, SiteId site);

// R3: the gate of a driver call. `call` is its name, for the message; it is `procedure` in the recording.
void CheckDriverCall(ObjectId procedure, std::string_view call, SourcePlace place = SourcePlace::Here());

// R7 and R8: only a thread of that role may be here. A thread without a role (a test, a tool) is not held to any.
void CheckRole(Role role, int rule, const char* action, SourcePlace place = SourcePlace::Here());

// The same, as a proof to the compiler. For the first line of a callback, which the compiler cannot follow.
inline void AssertOnLoopThread(const char* action, SourcePlace place = SourcePlace::Here())
    LS_ASSERT_CAPABILITY(on_loop_thread) {
  CheckRole(Role::kEventLoop, 7, action, place);
}
// No traced lock is held: checked now (a breach of the rule of the lock that is, but only under the policy abort), and
// from here on known to the compiler.
void AssertNothingHeld(SourcePlace place = SourcePlace::Here()) LS_ASSERT_CAPABILITY(!server_held)
    LS_ASSERT_CAPABILITY(!client_held) LS_ASSERT_CAPABILITY(!loop_held);

}  // namespace lockscope::sync
