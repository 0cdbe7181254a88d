// The choices of a run are the run: whatever made them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trace/trace_file.h"
#include "tests/core/scenario/library_run.h"

namespace lockscope::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ReplayTest : public ::testing::Test {
 protected:
  static void ExpectTheSameAgain(Scenario scenario, const std::string& what) {
    const ControlledRun run = RunOf(scenario, "replay.json");
    scenario.schedule = Replay(run.choices);
    const ControlledRun again = RunOf(scenario, "replay.json");
    EXPECT_THAT(ProblemsOf(again), IsEmpty()) << what;
    EXPECT_EQ(again.end, run.end) << what;
    EXPECT_EQ(trace::EncodeTrace(again.trace), trace::EncodeTrace(run.trace)) << what;
  }

  const RecordBreaches policy_;
};

TEST_F(ReplayTest, ASeededDaemonRunsAgainByteForByte) {
  Scenario scenario = Shipped("22-four-clients-three-workers.json");
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    scenario.schedule = Seed{seed};
    ExpectTheSameAgain(scenario, fmt::format("seed {}", seed));
  }
}

// A caption is an event, and a replay has none to show: the script is silent here.
TEST_F(ReplayTest, EveryShippedScriptRunsAgainByteForByteByItsChoicesAlone) {
  for (const std::string& name : ShippedNames()) {
    Scenario scenario = Shipped(name);
    if (Script* script = std::get_if<Script>(&scenario.schedule)) {
      for (ScheduleStep& step : *script) step.say = step.ask = "";
    }
    ExpectTheSameAgain(scenario, name);
  }
}

TEST_F(ReplayTest, TheChoicesOfAnotherRunAreToldInOneLine) {
  Scenario scenario = Shipped("21-one-call.json");
  const auto replay = [&](const std::vector<uint32_t>& choices) {
    scenario.schedule = Replay(choices);
    const ControlledRun run = RunOf(scenario, "replay.json");
    EXPECT_EQ(run.end, sched::RunEnd::kComplained);
    const std::vector<std::string> problems = ProblemsOf(run);
    EXPECT_EQ(problems.size(), 1u);
    return problems.empty() ? "" : problems.front();
  };
  EXPECT_THAT(replay({99}), StartsWith("schedule: choice 1 of the replay is 99, but there are only "));
  Scenario four = Shipped("22-four-clients-three-workers.json");
  four.schedule = Seed{3};
  const std::string line = replay(RunOf(four, "other.json").choices);
  EXPECT_THAT(line, StartsWith("schedule: choice "));
  EXPECT_THAT(line, ::testing::EndsWith("it is of another run"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST_F(ReplayTest, ChoicesThatTheRunHadNoUseForAreToldInOneLine) {
  Scenario scenario = Shipped("21-one-call.json");
  scenario.schedule = Seed{5};
  const ControlledRun whole = RunOf(scenario, "replay.json");
  std::vector<uint32_t> choices = whole.choices;
  const size_t used = choices.size();
  const auto problems = [&] {
    scenario.schedule = Replay(choices);
    const ControlledRun run = RunOf(scenario, "replay.json");
    EXPECT_EQ(run.end, sched::RunEnd::kFinished);
    for (const ScheduleProblem& problem : run.problems) EXPECT_FALSE(problem.is_unusable) << "it is a whole run";
    return ProblemsOf(run);
  };
  choices.push_back(0);
  EXPECT_THAT(problems(), ElementsAre(fmt::format(
                              "schedule: 1 of the replay's {} choices was not used: the run had ended", used + 1)));
  choices.push_back(99);
  EXPECT_THAT(problems(), ElementsAre(fmt::format(
                              "schedule: 2 of the replay's {} choices were not used: the run had ended", used + 2)));
  choices.resize(used / 2);
  EXPECT_THAT(problems(), IsEmpty()) << "from there on all take turns";
}

// Wherever its threads are then – in unlocks, signals, joins, in the middle of a call – they are taken down: no check fails,
// and AddressSanitizer finds no leak. What was recorded until then is the beginning of the whole run.
TEST_F(ReplayTest, ARunOfTheWholeDaemonCanBeEndedAtAnyStep) {
  for (const std::string name : {"10-no-reference.broken.json", "23-pool-grows-and-shrinks.json",
                                 "25-tls-beside-calls.json", "27-idle-shutdown.json"}) {
    const Scenario scenario = Shipped(name);
    const trace::Trace whole = RunOf(scenario, name).trace;
    uint64_t limit = 1;
    while (true) {
      const Result<ControlledRun> run =
          RunControlled(scenario, {.max_steps_between_answers = limit, .max_steps = limit});
      ASSERT_TRUE(run) << run.error().message;
      if (run->end != sched::RunEnd::kStepLimit) break;
      ASSERT_LE(run->trace.size(), whole.size()) << name << ", step " << limit;
      if (!run->trace.empty()) {
        const size_t last = run->trace.size() - 1;
        ASSERT_EQ(run->trace.event(last).ticks(), whole.event(last).ticks()) << name << ", step " << limit;
        ASSERT_EQ(run->trace.event(last).kind(), whole.event(last).kind()) << name << ", step " << limit;
      }
      limit += 3;
    }
    EXPECT_GT(limit, 200u) << name;
  }
}

}  // namespace
}  // namespace lockscope::scenario
