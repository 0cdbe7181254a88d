// The report of a run: what `lockscope run` and `./dev demo` print. At most 24 lines of 80 columns of plain ASCII
// (names apart), so that it stands on any terminal without scrolling. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/outcome.h"
#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"

namespace lockscope::analysis {

inline constexpr size_t kReportLines = 24;
inline constexpr size_t kReportColumns = 80;

// What was run (the recording's "title", then its "command" or "scenario"); its outcome where that is not clean;
// threads, calls and locks; in the middle the longest wait as a sentence; the lock order seen and what proves it; the
// rules that were really checked; last the commands to try next, of which the first three are taken. A line that cannot
// be broken is cut with "...", never a command.
std::vector<std::string> WriteReport(const Timeline& timeline, const RuleReport& rules, const Outcome& outcome,
                                     const std::vector<std::string>& try_next);

// What the locks' numbers prove of the order of events, and how far its times can be trusted: "82 acquisitions, no
// holds overlap; clocks within 30 ns, steps of 10 ns". Of a recording whose holds would overlap there is no trace: the
// reader refuses it. Looks at every event.
std::string ProofInWords(const Timeline& timeline);

}  // namespace lockscope::analysis
