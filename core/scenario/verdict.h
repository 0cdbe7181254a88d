// Whether a run came out as its scenario expects. A pure function of recording and expectation; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/outcome.h"
#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

// What differs, a line each: "outcome: deadlock was expected, clean came". Empty: nothing. How long a lock is held in a live
// run (R4) is also a matter of the machine's load, and not compared.
std::vector<std::string> Differences(const Expectation& expected, const analysis::Timeline& timeline,
                                     const analysis::RuleReport& rules, const analysis::Outcome& outcome);

// The rules that are broken, "R1" …, in order; also those that are only advice.
std::vector<std::string> BrokenRules(const analysis::RuleReport& rules);
// How many listed calls of the client programs were answered.
uint64_t ServedCalls(const trace::Trace& trace);

}  // namespace lockscope::scenario
