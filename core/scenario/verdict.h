// Whether a run came out as its scenario expects. A pure function of recording and expectation; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/outcome.h"
#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

// What differs, a line each: "outcome: deadlock was expected, clean came". Empty: nothing.
std::vector<std::string> Differences(const Expectation& expected, const analysis::Timeline& timeline,
                                     const analysis::RuleReport& rules, const analysis::Outcome& outcome);

// The rules with a breach that counts, "R1" …, in order.
std::vector<std::string> BrokenRules(const analysis::RuleReport& rules);
// How many listed calls of the client programs were answered.
uint64_t ServedCalls(const trace::Trace& trace);

}  // namespace lockscope::scenario
