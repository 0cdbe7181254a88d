#include "core/scenario/seed_search.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/scenario/daemon_setup.h"

namespace lockscope::scenario {

using analysis::OutcomeKind;

namespace {

std::optional<uint64_t> Number(std::string_view digits) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

void Count(SearchResult& result, const std::string& outcome, uint64_t seed) {
  auto found = std::ranges::find(result.outcomes, outcome, &OutcomeCount::outcome);
  if (found == result.outcomes.end()) {
    const auto at = outcome == "clean" ? result.outcomes.begin() : result.outcomes.end();
    found = result.outcomes.insert(at, {outcome, 0, seed});
  }
  ++found->runs;
}

// How grave an outcome is: the list at the head of core/analysis/outcome.h, from its end.
size_t Gravity(const Finding& finding) {
  constexpr OutcomeKind kGraver[] = {OutcomeKind::kClean,       OutcomeKind::kFindings,   OutcomeKind::kDelay,
                                     OutcomeKind::kOverrun,     OutcomeKind::kStarvation, OutcomeKind::kHang,
                                     OutcomeKind::kStuckReply,  OutcomeKind::kLostWakeUp, OutcomeKind::kDeadlock,
                                     OutcomeKind::kUseAfterFree};
  const std::optional<OutcomeKind> kind = analysis::OutcomeFromName(finding.came.outcome);
  return static_cast<size_t>(std::ranges::find(kGraver, kind.value_or(OutcomeKind::kClean)) - kGraver);
}

}  // namespace

Result<SeedRange> ParseSeeds(std::string_view text) {
  const size_t dots = text.find("..");
  const std::optional<uint64_t> first = Number(text.substr(0, dots));
  const std::optional<uint64_t> last = dots == std::string_view::npos ? first : Number(text.substr(dots + 2));
  if (!first || !last) return Fail("--seed: found '{}'; a number was expected, or a range of them like 1..1000", text);
  if (*last < *first) {
    return Fail("--seed: found '{}', which ends before it begins; {}..{} was expected", text, *last, *first);
  }
  return SeedRange{*first, *last};
}

Result<SearchResult> SearchSeeds(const Scenario& scenario, const SearchOptions& options) {
  SearchResult result;
  Scenario trial = scenario;
  for (uint64_t seed = options.seeds.first;; ++seed) {
    trial.schedule = Seed{seed};
    // With what the outcome asks of a recording: the patience, the throttle.
    Result<ControlledRun> run =
        RunControlled(trial, {.out = {}, .meta = MetaFor(trial, "controlled", ""), .take_notes = true});
    if (!run) return tl::make_unexpected(run.error());
    for (const ScheduleProblem& problem : run->problems) {
      if (problem.is_unusable) return Fail("seed {}: {}", seed, problem.text);
    }
    Finding finding = FindingOf(run->trace);
    ++result.runs;
    result.last_seed = seed;
    Count(result, finding.came.outcome, seed);
    const bool is_wanted = options.until == "any" ? !IsClean(finding) : finding.came.outcome == options.until;
    if (Gravity(finding) > (result.found ? Gravity(result.found->finding) : 0) || (is_wanted && !IsClean(finding))) {
      result.found = Found{seed, std::move(*run), std::move(finding)};
    }
    if (options.on_run) options.on_run(result);
    if (seed == options.seeds.last || is_wanted) return result;
    result.is_cut_short = options.is_enough && options.is_enough();
    if (result.is_cut_short) return result;
  }
}

}  // namespace lockscope::scenario
