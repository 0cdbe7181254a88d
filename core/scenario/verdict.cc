#include "core/scenario/verdict.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace lockscope::scenario {
namespace {

constexpr std::string_view kShortHolds = "R4";

std::string OrNone(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::vector<std::string> BrokenRules(const analysis::RuleReport& rules) {
  std::set<int> broken;
  for (const analysis::Finding& finding : rules.findings) broken.insert(finding.rule);
  std::vector<std::string> names;
  for (const int rule : broken)
    names.push_back(rule == analysis::kOwnLockOrder ? analysis::RuleTitle(rule) : fmt::format("R{}", rule));
  return names;
}

uint64_t ServedCalls(const trace::Trace& trace) {
  return static_cast<uint64_t>(
      std::ranges::count(trace.events(), trace::EventKind::kReplyReceived, &trace::Event::kind));
}

std::vector<std::string> Differences(const Expectation& expected, const analysis::Timeline& timeline,
                                     const analysis::RuleReport& rules, const analysis::Outcome& outcome) {
  std::vector<std::string> differences;
  const std::string_view came = analysis::OutcomeName(outcome.kind);
  if (expected.outcome != came) {
    differences.push_back(fmt::format("outcome: {} was expected, {} came", expected.outcome, came));
  }
  if (expected.breaks) {
    std::vector<std::string> wanted = *expected.breaks;
    std::ranges::sort(wanted);
    std::vector<std::string> broken = BrokenRules(rules);
    if (timeline.trace().Meta("mode") == "live") {
      std::erase(wanted, kShortHolds);
      std::erase(broken, kShortHolds);
    }
    if (wanted != broken) {
      differences.push_back(fmt::format("breaks: {} was expected, {} came", OrNone(wanted), OrNone(broken)));
    }
  }
  if (expected.served) {
    const uint64_t served = ServedCalls(timeline.trace());
    if (served != *expected.served) {
      differences.push_back(fmt::format("served: {} was expected, {} came", *expected.served, served));
    }
  }
  if (expected.blocked) {
    std::map<std::string, std::string> found;
    for (const analysis::BlockedThread& blocked : outcome.blocked) found[blocked.thread_name] = blocked.waits_for;
    for (const auto& [thread, waits_for] : *expected.blocked) {
      const auto it = found.find(thread);
      const std::string what = it == found.end() ? "it is not blocked" : "it waits for " + it->second;
      if (it == found.end() || it->second != waits_for) {
        differences.push_back(fmt::format("blocked.{}: '{}' was expected; {}", thread, waits_for, what));
      }
    }
  }
  return differences;
}

}  // namespace lockscope::scenario
