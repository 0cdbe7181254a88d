// Finding: what came of a run, in the words of an expectation. By it two runs are held against each other: does the shorter
// one still show the same? Pure functions of a recording; any thread.
#pragma once

#include <string>

#include "core/analysis/outcome.h"
#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

struct Finding {
  Expectation came;      // All of it is said; `blocked` only where somebody is.
  std::string sentence;  // The outcome's own.
};

// What is in a recording; as a timeline, if the caller has that already.
Finding FindingOf(const trace::Trace& trace);
Finding FindingOf(const analysis::Timeline& timeline, const analysis::RuleReport& rules,
                  const analysis::Outcome& outcome);

bool IsClean(const Finding& finding);
// The same outcome, the same rules broken, the same threads blocked on the same things. How many calls were served on the
// way there does not matter, nor whether a lock was held for long (R4 is advice, and a matter of time).
bool ShowTheSame(const Finding& one, const Finding& other);

}  // namespace lockscope::scenario
