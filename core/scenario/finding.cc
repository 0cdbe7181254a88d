#include "core/scenario/finding.h"

#include "core/scenario/verdict.h"

namespace lockscope::scenario {

Finding FindingOf(const analysis::Timeline& timeline, const analysis::RuleReport& rules,
                  const analysis::Outcome& outcome) {
  Finding finding;
  finding.sentence = outcome.sentence;
  finding.came.outcome = analysis::OutcomeName(outcome.kind);
  finding.came.breaks = BrokenRules(rules);
  finding.came.served = ServedCalls(timeline.trace());
  for (const analysis::BlockedThread& blocked : outcome.blocked) {
    if (!finding.came.blocked) finding.came.blocked.emplace();
    (*finding.came.blocked)[blocked.thread_name] = blocked.waits_for;
  }
  return finding;
}

Finding FindingOf(const trace::Trace& trace) {
  const analysis::Timeline timeline(trace);
  const analysis::RuleReport rules = analysis::CheckRules(timeline);
  return FindingOf(timeline, rules, analysis::FindOutcome(timeline, rules));
}

bool IsClean(const Finding& finding) {
  return finding.came.outcome == analysis::OutcomeName(analysis::OutcomeKind::kClean);
}

bool ShowTheSame(const Finding& one, const Finding& other) {
  const auto broken = [](const Finding& finding) {
    std::vector<std::string> rules = finding.came.breaks.value_or(std::vector<std::string>());
    std::erase(rules, "R4");
    return rules;
  };
  return one.came.outcome == other.came.outcome && broken(one) == broken(other) &&
         one.came.blocked == other.came.blocked;
}

}  // namespace lockscope::scenario
