// One run of a shipped scenario, and what is to be known of it, for the tests that hold the library to its promises.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/analysis/outcome.h"
#include "core/base/check.h"
#include "core/scenario/controlled_run.h"
#include "core/scenario/daemon_setup.h"
#include "core/scenario/scenario_reader.h"
#include "core/scenario/verdict.h"
#include "tests/core/scenario/shipped_scenarios.h"
#include "tests/support/record_breaches.h"

namespace lockscope::scenario {

using testing::RecordBreaches;

inline Scenario Shipped(const std::string& file) {
  const Result<Scenario> scenario = ReadScenario(std::filesystem::path(LOCKSCOPE_SCENARIOS) / file);
  LS_CHECK(scenario.has_value(), "{}", scenario.error().message);
  return *scenario;
}

inline ControlledRun RunOf(const Scenario& scenario, const std::string& file) {
  Result<ControlledRun> run = RunControlled(scenario, {.meta = MetaFor(scenario, "controlled", file)});
  LS_CHECK(run.has_value(), "{}", run.error().message);
  return std::move(*run);
}

inline std::vector<std::string> ProblemsOf(const ControlledRun& run) {
  std::vector<std::string> problems;
  for (const ScheduleProblem& problem : run.problems) problems.push_back(problem.text);
  return problems;
}

// In what a recording is other than `expected`.
inline std::vector<std::string> DifferencesOf(const trace::Trace& trace, const Expectation& expected) {
  const analysis::Timeline timeline(trace);
  const analysis::RuleReport rules = analysis::CheckRules(timeline);
  return Differences(expected, timeline, rules, analysis::FindOutcome(timeline, rules));
}

inline std::vector<std::string> ShippedNames() {
  std::vector<std::string> names;
  for (const auto& [name, text] : ShippedScenarios()) names.push_back(name);
  return names;
}

// "01-reply-lock-order" for each pair.
inline std::vector<std::string> PairNames() {
  constexpr std::string_view kBroken = ".broken.json";
  std::vector<std::string> pairs;
  for (const std::string& name : ShippedNames()) {
    if (name.ends_with(kBroken)) pairs.push_back(name.substr(0, name.size() - kBroken.size()));
  }
  return pairs;
}

// A file's name as a part of a test's: letters, digits and underscores.
inline std::string TestName(std::string name) {
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  std::ranges::replace_if(
      name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

}  // namespace lockscope::scenario
