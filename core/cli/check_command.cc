#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/analysis/outcome.h"
#include "core/analysis/phrases.h"
#include "core/analysis/report.h"
#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"
#include "core/base/shell_word.h"
#include "core/cli/commands.h"
#include "core/cli/unusable.h"
#include "core/trace/trace_file.h"

namespace lockscope::cli {
namespace {

constexpr size_t kMostBlocked = 8;  // Threads, one a line.

// Above the rules: what became of the run, and who waits for what. Broken rules speak for themselves.
void PrintOutcome(const analysis::Outcome& outcome) {
  if (outcome.kind == analysis::OutcomeKind::kClean || outcome.kind == analysis::OutcomeKind::kFindings) return;
  fmt::print("{}\n", outcome.sentence);
  for (size_t i = 0; i < std::min(outcome.blocked.size(), kMostBlocked); ++i) {
    fmt::print("   {}\n", outcome.blocked[i].text);
  }
  if (outcome.blocked.size() > kMostBlocked) {
    const size_t more = outcome.blocked.size() - kMostBlocked;
    fmt::print("   and {} more {}\n", more, more == 1 ? "thread waits" : "threads wait");
  }
}

// In all, and by thread where the recording says so.
void PrintLost(const trace::Trace& trace) {
  fmt::print("{} missing from the recording\n", analysis::Counted(trace.info().dropped_events, "event"));
  for (size_t thread = 0; thread < trace.threads().size(); ++thread) {
    uint64_t lost = 0;
    for (const uint32_t step : trace.StepsOf(thread)) {
      if (trace.event(step).kind() == trace::EventKind::kEventsLost) lost += trace.event(step).arg();
    }
    if (lost > 0) fmt::print("   {} of {}\n", lost, analysis::ThreadPhrase(trace, trace.threads()[thread]));
  }
}

}  // namespace

int Check(const std::string& file) {
  const Result<trace::Trace> trace = trace::ReadTrace(file);
  if (!trace) {
    const bool is_json = trace.error().message.find("this is JSON") != std::string::npos;
    return Unusable(trace.error().message +
                    (is_json ? fmt::format("; a scenario? try: lockscope run {}", ShellWord(file)) : ""));
  }
  const analysis::Timeline timeline(*trace);
  const analysis::RuleReport report = analysis::CheckRules(timeline);
  const analysis::Outcome outcome = analysis::FindOutcome(timeline, report);
  PrintOutcome(outcome);
  int findings = 0;
  for (const analysis::Finding& finding : report.findings) {
    fmt::print("{}{}, at {}: {}\n", finding.advisory ? "advice: " : "", analysis::RuleTitle(finding.rule),
               finding.where, finding.text);
    if (!finding.advisory) fmt::print("   mend: {}\n", analysis::RuleMend(finding.rule));
    findings += finding.advisory ? 0 : 1;
  }
  for (const analysis::RuleVerdict& verdict : report.verdicts) {
    const std::string name = analysis::RuleTitle(verdict.rule);
    switch (verdict.verdict) {
      case analysis::Verdict::kKept:
        fmt::print("{:<31} kept ({} checked)\n", name, verdict.checked);
        break;
      case analysis::Verdict::kBroken:
        fmt::print("{:<31} BROKEN ({} checked)\n", name, verdict.checked);
        break;
      case analysis::Verdict::kAdvised:
        fmt::print("{:<31} advice only ({} checked)\n", name, verdict.checked);
        break;
      case analysis::Verdict::kNotChecked:
        fmt::print("{:<31} not checked: {}\n", name, verdict.why_not);
        break;
    }
  }
  fmt::print("{:<31} {}\n", "order and time", analysis::ProofInWords(timeline));
  if (!trace->info().finished) fmt::print("the recording was not finished: its program was killed, or still runs\n");
  if (trace->info().dropped_events > 0) PrintLost(*trace);
  if (!trace->Meta("ring_missing").empty()) {
    fmt::print("the last events of each thread are missing: {}\n", trace->Meta("ring_missing"));
  }
  return findings > 0 || outcome.kind != analysis::OutcomeKind::kClean ? 1 : 0;
}

}  // namespace lockscope::cli
