// The finders behind FindOutcome: each looks for one kind of outcome and fills in kind, sentence and step, or finds
// nothing. None looks at the others; precedence is FindOutcome's. Any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "core/analysis/outcome.h"

namespace lockscope::analysis {

// How a run stopped: meta "end".
enum class RunEnd : uint8_t { kUnknown, kFinished, kStuck, kStepLimit, kWatchdog };

// Runs that do not end: outcome_stalls.cc. `timeline` must have an event.
std::optional<Outcome> FindDeadlock(const Timeline& timeline);
std::optional<Outcome> FindLostWakeUp(const Timeline& timeline, RunEnd end);
std::optional<Outcome> FindStuckReply(const Timeline& timeline, RunEnd end);
std::optional<Outcome> FindHang(const Timeline& timeline, RunEnd end);
std::optional<Outcome> FindStarvation(const Timeline& timeline, RunEnd end);

// Runs that may end all the same: outcome_faults.cc.
std::optional<Outcome> FindUseAfterFree(const Timeline& timeline);
std::optional<Outcome> FindOverrun(const Timeline& timeline, int64_t max_client_requests);  // 0: no limit.
std::optional<Outcome> FindDelay(const Timeline& timeline, int64_t patience_ns);            // 0: no limit.
std::optional<Outcome> FindBrokenRule(const RuleReport& report);

}  // namespace lockscope::analysis
