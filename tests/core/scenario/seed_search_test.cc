#include "core/scenario/seed_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scenario/daemon_setup.h"
#include "core/scenario/reproduction.h"
#include "core/scenario/run_cuts.h"
#include "core/scenario/scenario_reader.h"
#include "core/scenario/scenario_writer.h"
#include "core/sync/guard.h"

namespace lockscope::scenario {
namespace {

using ::testing::Le;

// Breaches become events, for the length of a test: the bugs run to their consequence.
class SeedSearchTest : public ::testing::Test {
 protected:
  SeedSearchTest() { sync::SetGuardPolicy(sync::GuardPolicy::kRecord); }
  ~SeedSearchTest() override { sync::SetGuardPolicy(sync::GuardPolicy::kAbort); }

  static Scenario With(const std::string& bug, int workers = 1) {
    Scenario scenario;
    scenario.title = "A scenario of the test";
    scenario.bug = bug;
    scenario.daemon.workers = workers;
    scenario.clients = {{.name = "alice", .calls = {"domain_list", "hostname"}, .pipelined = true}};
    return scenario;
  }
  static SearchResult Search(const Scenario& scenario, const SearchOptions& options) {
    Result<SearchResult> result = SearchSeeds(scenario, options);
    EXPECT_TRUE(result) << result.error().message;
    return result ? std::move(*result) : SearchResult{};
  }
  static Reproduction Shorten(const Scenario& scenario, const Found& found, const ReproductionLimit& limit = {3'000}) {
    Result<Reproduction> shorter = Reproduce(scenario, found.run, found.finding, limit);
    EXPECT_TRUE(shorter) << shorter.error().message;
    return shorter ? std::move(*shorter) : Reproduction{};
  }
  static Finding FindingIn(const Scenario& scenario) {
    const Result<ControlledRun> run = RunControlled(scenario, {.out = {}, .meta = MetaFor(scenario, "controlled", "")});
    EXPECT_TRUE(run && run->problems.empty());
    return run ? FindingOf(run->trace) : Finding{};
  }
};

TEST_F(SeedSearchTest, ACorrectDaemonIsCleanWithEverySeed) {
  const SearchResult result = Search(With("none", 2), {.seeds = {1, 60}});
  EXPECT_EQ(result.runs, 60u);
  ASSERT_EQ(result.outcomes.size(), 1u);
  EXPECT_EQ(result.outcomes[0].outcome, "clean");
  EXPECT_EQ(result.outcomes[0].runs, 60u);
  EXPECT_FALSE(result.found);
}

TEST_F(SeedSearchTest, ASearchOfWhichThereIsEnoughSaysHowFarItGot) {
  int asked = 0;
  const SearchResult result = Search(With("none"), {.seeds = {5, 60}, .is_enough = [&] { return ++asked == 3; }});
  EXPECT_TRUE(result.is_cut_short);
  EXPECT_EQ(result.runs, 3u);
  EXPECT_EQ(result.last_seed, 7u);
  EXPECT_FALSE(Search(With("none"), {.seeds = {5, 5}, .is_enough = [] { return true; }}).is_cut_short) << "it is whole";
}

TEST_F(SeedSearchTest, TheGravestOutcomeIsWhatWasFound) {
  const Scenario scenario = With("reply-locks-client-first");
  const SearchResult all = Search(scenario, {.seeds = {1, 40}});
  uint64_t runs = 0;
  uint64_t first_deadlock = 0;
  for (const OutcomeCount& row : all.outcomes) {
    runs += row.runs;
    if (row.outcome == "deadlock") first_deadlock = row.first_seed;
  }
  EXPECT_EQ(runs, 40u);
  ASSERT_TRUE(all.found);
  EXPECT_EQ(all.found->finding.came.outcome, "deadlock");
  EXPECT_EQ(all.found->seed, first_deadlock);
}

TEST_F(SeedSearchTest, TheSearchStopsAtWhatIsLookedFor) {
  const Scenario scenario = With("reply-locks-client-first");
  const SearchResult any = Search(scenario, {.seeds = {1, 1'000}, .until = "any"});
  const SearchResult deadlock = Search(scenario, {.seeds = {1, 1'000}, .until = "deadlock"});
  ASSERT_TRUE(any.found && deadlock.found);
  EXPECT_EQ(any.last_seed, any.found->seed);
  EXPECT_EQ(deadlock.last_seed, deadlock.found->seed);
  EXPECT_LT(any.runs, 1'000u);
  EXPECT_LT(deadlock.runs, 1'000u);
  EXPECT_LT(any.found->seed, deadlock.found->seed) << "the broken rule shows first";
  EXPECT_EQ(deadlock.found->finding.came.outcome, "deadlock");
}

// The deadlock of two locks taken the other way round takes a handful of steps, whichever run it was found in.
TEST_F(SeedSearchTest, WhatIsFoundBecomesAScriptOfAFewSteps) {
  const Scenario scenario = With("reply-locks-client-first");
  for (uint64_t first = 1, shortened = 0; shortened < 3; ++shortened) {
    const SearchResult result = Search(scenario, {.seeds = {first, first + 500}, .until = "deadlock"});
    ASSERT_TRUE(result.found);
    first = result.last_seed + 1;
    const Reproduction shorter = Shorten(scenario, *result.found);
    const Script* script = std::get_if<Script>(&shorter.scenario.schedule);
    ASSERT_NE(script, nullptr) << "seed " << result.found->seed;
    EXPECT_THAT(script->size(), Le(6u)) << "seed " << result.found->seed;
    EXPECT_GT(shorter.first_steps, script->size());
    EXPECT_FALSE(shorter.hit_limit);
    EXPECT_TRUE(ShowTheSame(shorter.finding, result.found->finding));
    EXPECT_EQ(shorter.scenario.expect.blocked, result.found->finding.came.blocked);
    EXPECT_TRUE(ShowTheSame(FindingIn(shorter.scenario), result.found->finding)) << "and again";
  }
}

TEST_F(SeedSearchTest, EveryStepThatIsLeftMatters) {
  const Scenario scenario = With("reply-locks-client-first");
  const SearchResult result = Search(scenario, {.seeds = {1, 1'000}, .until = "deadlock"});
  ASSERT_TRUE(result.found);
  const Reproduction shorter = Shorten(scenario, *result.found);
  const Script script = std::get<Script>(shorter.scenario.schedule);
  for (size_t i = 0; i < script.size() && script.size() > 1; ++i) {
    Scenario fewer = shorter.scenario;
    Script& steps = std::get<Script>(fewer.schedule);
    // What a thread did in the step that goes is counted by its next one.
    steps.erase(steps.begin() + static_cast<ptrdiff_t>(i));
    for (size_t k = i; k < steps.size(); ++k) {
      if (steps[k].run != script[i].run) continue;
      if (steps[k].until == script[i].until) steps[k].times += script[i].times;
      break;
    }
    const Result<ControlledRun> run = RunControlled(fewer, {.out = {}, .meta = MetaFor(fewer, "controlled", "")});
    ASSERT_TRUE(run);
    EXPECT_FALSE(run->problems.empty() && ShowTheSame(FindingOf(run->trace), result.found->finding)) << "step " << i;
  }
}

// Spurious wake-ups, clients whose ways are hardly recorded, workers that trade places: the full script must bring back
// what a seed found, for nearly every seed, and the rest is replayed.
TEST_F(SeedSearchTest, NearlyEveryFindingOfEveryBugIsBroughtBackByAScript) {
  int scripts = 0;
  int replays = 0;
  for (const char* bug : {"reply-locks-client-first", "callback-under-loop-lock", "client-without-server-lock",
                          "signal-at-shutdown", "wait-without-while", "watch-not-updated"}) {
    Scenario scenario = With(bug, 2);
    scenario.clients.push_back({.name = "bob", .calls = {"hostname"}});
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      const SearchResult result = Search(scenario, {.seeds = {seed, seed}});
      if (!result.found) continue;
      const Reproduction found = Shorten(scenario, *result.found, {50});  // Enough to find a script, not to shorten it.
      EXPECT_TRUE(ShowTheSame(FindingIn(found.scenario), result.found->finding)) << bug << ", seed " << seed;
      ++(std::holds_alternative<Replay>(found.scenario.schedule) ? replays : scripts);
    }
  }
  EXPECT_GT(scripts, 35);
  EXPECT_LE(replays * 20, scripts) << replays << " replays, " << scripts << " scripts";
}

TEST_F(SeedSearchTest, WhatNeedsNoScheduleGetsNone) {
  const Scenario scenario = With("watch-not-updated");
  const SearchResult result = Search(scenario, {.seeds = {1, 1}});
  ASSERT_TRUE(result.found);
  const Reproduction shorter = Shorten(scenario, *result.found);
  EXPECT_TRUE(std::holds_alternative<RoundRobin>(shorter.scenario.schedule));
  EXPECT_EQ(shorter.scenario.expect.outcome, "stuck reply");
}

TEST_F(SeedSearchTest, ALimitIsSaidAndWhatIsThereStillShowsIt) {
  const Scenario scenario = With("reply-locks-client-first");
  const SearchResult result = Search(scenario, {.seeds = {1, 1'000}, .until = "deadlock"});
  ASSERT_TRUE(result.found);
  const Reproduction shorter = Shorten(scenario, *result.found, {6});
  EXPECT_TRUE(shorter.hit_limit);
  EXPECT_TRUE(ShowTheSame(FindingIn(shorter.scenario), result.found->finding));
}

TEST_F(SeedSearchTest, WhoSaysThatItIsShortEnoughGetsWhatThereIs) {
  const Scenario scenario = With("reply-locks-client-first");
  const SearchResult result = Search(scenario, {.seeds = {1, 1'000}, .until = "deadlock"});
  ASSERT_TRUE(result.found);
  for (const int after : {0, 1, 2, 5, 20}) {
    int asked = 0;
    const Reproduction shorter = Shorten(scenario, *result.found, {3'000, [&] { return asked++ >= after; }});
    EXPECT_TRUE(shorter.hit_limit) << after;
    EXPECT_LE(shorter.runs, static_cast<size_t>(after) + 2);
    EXPECT_TRUE(ShowTheSame(FindingIn(shorter.scenario), result.found->finding)) << after;
  }
}

TEST_F(SeedSearchTest, AReplayOfTheFirstChoicesIsTheLastResort) {
  const Scenario scenario = With("reply-locks-client-first");
  const SearchResult result = Search(scenario, {.seeds = {1, 1'000}, .until = "deadlock"});
  ASSERT_TRUE(result.found);
  // Without its events the run cannot be said in words; its choices are still there.
  ControlledRun mute;
  mute.choices = result.found->run.choices;
  const Result<Reproduction> shorter = Reproduce(scenario, mute, result.found->finding, {100});
  ASSERT_TRUE(shorter) << shorter.error().message;
  const Replay* replay = std::get_if<Replay>(&shorter->scenario.schedule);
  ASSERT_NE(replay, nullptr);
  EXPECT_LT(replay->size(), mute.choices.size());
  EXPECT_TRUE(ShowTheSame(FindingIn(shorter->scenario), result.found->finding));
}

TEST_F(SeedSearchTest, AScenarioThatWasFoundCanBeWrittenAndReadAndRun) {
  const Scenario scenario = With("signal-at-shutdown", 3);
  const SearchResult result = Search(scenario, {.seeds = {1, 50}, .until = "hang"});
  ASSERT_TRUE(result.found);
  const Reproduction shorter = Shorten(scenario, *result.found);
  const Result<Scenario> read = ParseScenario(ScenarioText(shorter.scenario), "found.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, shorter.scenario);
  EXPECT_EQ(FindingIn(*read).came, shorter.scenario.expect);
}

TEST_F(SeedSearchTest, AWakeUpForNoReasonIsAStepOfItsOwn) {
  Scenario scenario = With("none", 2);
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    scenario.schedule = Seed{seed};
    const Result<ControlledRun> run = RunControlled(scenario, {.out = {}, .meta = {}, .take_notes = true});
    ASSERT_TRUE(run);
    const auto woken = std::ranges::count(run->notes, RunNote::What::kWoken, &RunNote::what);
    if (woken == 0) continue;
    const RunCuts cuts(*run);
    const Script script = cuts.ScriptOf(cuts.all());
    EXPECT_EQ(std::ranges::count(script, "wakes for no reason", &ScheduleStep::until), woken) << "seed " << seed;
    return;
  }
  FAIL() << "200 seeds wake nobody for no reason";
}

TEST(ParseSeedsTest, ANumberOrARangeIsReadAndNothingElse) {
  EXPECT_EQ(*ParseSeeds("7"), (SeedRange{7, 7}));
  EXPECT_EQ(*ParseSeeds("1..1000"), (SeedRange{1, 1000}));
  EXPECT_EQ(*ParseSeeds("0..18446744073709551615"), (SeedRange{0, ~uint64_t{0}}));
  for (const char* text : {"", "x", "1..", "..5", "1...5", "1-5", "-1", " 1", "1..2..3", "18446744073709551616"}) {
    ASSERT_FALSE(ParseSeeds(text)) << text;
    EXPECT_EQ(ParseSeeds(text).error().message,
              fmt::format("--seed: found '{}'; a number was expected, or a range of them like 1..1000", text));
  }
  EXPECT_EQ(ParseSeeds("9..4").error().message, "--seed: found '9..4', which ends before it begins; 4..9 was expected");
}

}  // namespace
}  // namespace lockscope::scenario
