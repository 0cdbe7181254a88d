#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/analysis/outcome.h"
#include "core/analysis/report.h"
#include "core/base/shell_word.h"
#include "core/cli/commands.h"
#include "core/cli/ring_option.h"
#include "core/cli/search.h"
#include "core/cli/unusable.h"
#include "core/scenario/controlled_run.h"
#include "core/scenario/daemon_setup.h"
#include "core/scenario/known_calls.h"
#include "core/scenario/live_run.h"
#include "core/scenario/scenario_reader.h"
#include "core/scenario/verdict.h"
#include "core/sync/guard.h"

namespace lockscope::cli {
namespace {

// "a.json:23:", or "a.json:" where the problem stands in no line.
std::string PlaceOf(const RunOptions& options, const scenario::ScheduleProblem& problem) {
  return problem.line == 0 ? options.scenario + ":" : fmt::format("{}:{}:", options.scenario, problem.line);
}

// Prints what came of it. 0: what the scenario expects; another schedule than its own is expected to be clean. Null: nothing
// is expected.
int Judge(const RunOptions& options, const std::string& out, const trace::Trace& trace,
          const scenario::Expectation* expected, const std::vector<scenario::ScheduleProblem>& complaints) {
  const analysis::Timeline timeline(trace);
  const analysis::RuleReport rules = analysis::CheckRules(timeline);
  const analysis::Outcome outcome = analysis::FindOutcome(timeline, rules);
  const std::string file = ShellWord(out);
  for (const std::string& line :
       analysis::WriteReport(timeline, rules, outcome,
                             {fmt::format("lockscope view {}", file), fmt::format("lockscope check {}", file),
                              fmt::format("lockscope export {} --to json -o -", file)})) {
    fmt::print("{}\n", line);
  }
  std::vector<std::string> wrong;
  if (expected != nullptr) wrong = scenario::Differences(*expected, timeline, rules, outcome);
  std::fflush(stdout);
  for (const std::string& line : wrong) fmt::print(stderr, "lockscope: {}: {}\n", options.scenario, line);
  for (const scenario::ScheduleProblem& complaint : complaints)
    fmt::print(stderr, "lockscope: {} {}\n", PlaceOf(options, complaint), complaint.text);
  return wrong.empty() && complaints.empty() ? 0 : 1;
}

// Real threads make their own schedule: what is expected of a bug's may not come. But a run that hung must have done so as
// it was to.
int JudgeLive(const RunOptions& options, const scenario::Scenario& scenario, const std::string& out,
              const Result<scenario::LiveRun>& run) {
  if (!run) return Unusable(run.error().message);
  std::vector<scenario::ScheduleProblem> complaints;
  for (const std::string& text : run->complaints) complaints.push_back({0, false, text});
  // What was expected was expected of a whole run.
  if (run->cut_short) return Judge(options, out, run->trace, nullptr, complaints);
  if (scenario.bug == "none") return Judge(options, out, run->trace, &scenario.expect, complaints);
  scenario::Expectation as_it_hung;
  as_it_hung.outcome = scenario.expect.outcome;
  const int status = Judge(options, out, run->trace, run->hung ? &as_it_hung : nullptr, complaints);
  fmt::print("live     real threads make their own schedule; what a bug does there may differ\n");
  return status;
}

int Live(const RunOptions& options, const scenario::Scenario& scenario, const std::string& out, int64_t patience_ns) {
  const Result<trace::RingOptions> ring = ParseRing(options.ring);
  if (!ring) return Unusable(ring.error().message);
  MentionAbandonedRings();
  const std::string name = std::filesystem::path(options.scenario).filename().string();
  scenario::HangOptions hang;
  hang.patience_ns = patience_ns;
  hang.when_hung = [&](const Result<scenario::LiveRun>& run) { return JudgeLive(options, scenario, out, run); };
  return JudgeLive(options, scenario, out,
                   scenario::RunLive(scenario, out, scenario::MetaFor(scenario, "live", name), hang, *ring));
}

int Controlled(const RunOptions& options, scenario::Scenario scenario, const std::string& out,
               std::optional<scenario::SeedRange> seeds) {
  scenario::ControlledOptions how;
  const std::string name = std::filesystem::path(options.scenario).filename().string();
  how.out = out;
  how.meta = scenario::MetaFor(scenario, "controlled", name);
  if (seeds) {
    scenario.schedule = scenario::Seed{seeds->first};
    scenario.expect = scenario::Expectation();
    how.meta.emplace_back("seed", fmt::format("{}", seeds->first));
  }
  const Result<scenario::ControlledRun> run = scenario::RunControlled(scenario, how);
  if (!run) return Unusable(run.error().message);
  for (const scenario::ScheduleProblem& problem : run->problems) {
    if (problem.is_unusable) return Unusable(fmt::format("{} {}", PlaceOf(options, problem), problem.text));
  }
  return Judge(options, out, run->trace, &scenario.expect, run->problems);
}

}  // namespace

int RunScenario(const RunOptions& given) {
  RunOptions options = given;
  const bool is_piped = given.scenario == "-";
  if (is_piped) {
    options.scenario = "standard input";
    if (given.out.empty()) return Unusable("-: a scenario from standard input needs a name for the recording: -o OUT");
  }
  const Result<scenario::Scenario> scenario =
      is_piped ? scenario::ReadScenario(std::cin, options.scenario) : scenario::ReadScenario(options.scenario);
  if (!scenario) return Unusable(scenario.error().message);
  const std::filesystem::path source = options.scenario;
  const std::string out = options.out.empty() ? source.stem().string() + ".lockscope" : options.out;
  std::error_code ignored;
  if (!is_piped && std::filesystem::equivalent(source, out, ignored))
    return Unusable(out + ": this is the scenario itself");
  if (options.live && !options.seed.empty())
    return Unusable("--seed is for controlled runs: a live run makes its own schedule");
  if (!options.live && !options.ring.empty())
    return Unusable("--ring is for live runs: a controlled one has no live buffers");
  if (!options.live && !options.patience.empty())
    return Unusable("--patience is for live runs: a controlled one knows when nobody can go on");
  if (!options.until.empty() && options.seed.empty())
    return Unusable("--until-finding needs the seeds to search, like --seed 1..1000");
  if (!options.until.empty() && options.until != "any" && !analysis::OutcomeFromName(options.until)) {
    const std::vector<std::string_view> known = analysis::OutcomeNames();
    const std::string nearest = scenario::NearestName(options.until, {known.begin(), known.end()});
    return Unusable(fmt::format("--until-finding: unknown outcome '{}'; {}", options.until,
                                nearest.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                                : fmt::format("did you mean '{}'?", nearest)));
  }
  std::optional<scenario::SeedRange> seeds;
  if (!options.seed.empty()) {
    const Result<scenario::SeedRange> parsed = scenario::ParseSeeds(options.seed);
    if (!parsed) return Unusable(parsed.error().message);
    seeds = *parsed;
  }
  const bool searches = seeds && (seeds->first != seeds->last || !options.until.empty());
  if (searches && options.guard == "abort")
    return Unusable("--guard abort is for one run: a search goes on after a broken rule, and names the seed");
  sync::SetGuardPolicy(options.guard == "abort" ? sync::GuardPolicy::kAbort : sync::GuardPolicy::kRecord);
  const Result<int64_t> patience_ns = scenario::ParseDuration(options.patience.empty() ? "2s" : options.patience);
  if (!patience_ns) return Unusable("--patience: " + patience_ns.error().message);
  if (*patience_ns == 0) return Unusable("--patience: found '" + options.patience + "'; a longer time was expected");
  if (options.live) return Live(options, *scenario, out, *patience_ns);
  if (searches) return SearchForFinding({options.scenario, out, *seeds, options.until}, *scenario);
  return Controlled(options, *scenario, out, seeds);
}

}  // namespace lockscope::cli
