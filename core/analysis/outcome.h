// What became of a run, from its trace alone: one word, one sentence, the decisive event, and who is blocked for good.
//
// How a run stopped is in the recording's meta key "end": "finished" (all threads ended), "stuck" (nobody can go on and
// no timer is left), "step limit" (it went on for ever) or "watchdog" (a live run in which nothing moved any more). A
// recording without the key (a plain one, or of a program that was killed) is judged by what is in it: a circle of
// waits, or a worker that went to sleep after the signal of a job that is still there, are what they are; a thread that
// merely waits is not stuck.
//
// Several may hold at once; the first of this list is the outcome:
//   use after free · deadlock · lost wake-up · stuck reply · hang, starvation · overrun · delay · findings · clean
// A delay stands before the findings because a scenario that sets a patience is about the wait; the rules that were
// broken are reported beside the outcome in any case. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/blocked_threads.h"
#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"

namespace lockscope::analysis {

enum class OutcomeKind : uint8_t {
  kClean,
  kFindings,      // Ended, but a rule is broken (R4, which is advice, does not count).
  kDelay,         // Ended, but a call lay in dx, or somebody waited for a lock, for longer than the patience.
  kDeadlock,      // A circle of waits at the end.
  kLostWakeUp,    // A job in dx, and no worker is awake to take it.
  kStuckReply,    // A reply in tx, and the event loop sleeps in poll.
  kHang,          // Nobody can go on, for another reason.
  kStarvation,    // It goes on for ever, and somebody waits.
  kOverrun,       // A client had more calls under way than meta "max_client_requests" allows.
  kUseAfterFree,  // A client was used after it had been freed.
};
// "clean", "findings", "delay", "deadlock", "lost wake-up", "stuck reply", "hang", "starvation", "overrun",
// "use after free".
std::string_view OutcomeName(OutcomeKind kind);
std::optional<OutcomeKind> OutcomeFromName(std::string_view name);
std::vector<std::string_view> OutcomeNames();  // All, in the order of OutcomeKind.

struct Outcome {
  OutcomeKind kind = OutcomeKind::kClean;
  std::string sentence;  // Names threads, locks and places: the finding.
  size_t step = 0;       // The decisive event.
  // At the end: on a circle of waits or behind one; else, where nobody can go on, all that wait. Empty if it ended.
  std::vector<BlockedThread> blocked;
};

struct OutcomeOptions {
  int64_t patience_ns = 0;  // 0: that of the recording's meta "patience_ns"; without one no wait is too long.
};
// `report`: of CheckRules on the same timeline.
Outcome FindOutcome(const Timeline& timeline, const RuleReport& report, const OutcomeOptions& options = {});

}  // namespace lockscope::analysis
