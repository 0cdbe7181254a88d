// Controlled runs of many steps: a run that goes in a circle is told from one that has merely much to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scenario/controlled_run.h"
#include "core/trace/trace_file.h"

namespace lockscope::scenario {
namespace {

using ::testing::MatchesRegex;

// A run of several thousand steps, in each thousand of which calls are answered.
Scenario ManyCalls() {
  Scenario scenario;
  scenario.title = "Many calls";
  scenario.clients = {{.name = "alice", .calls = std::vector<std::string>(30, "hostname")},
                      {.name = "bob", .calls = std::vector<std::string>(30, "uri")}};
  return scenario;
}

ControlledRun RunOf(const Scenario& scenario, const ControlledOptions& options) {
  Result<ControlledRun> run = RunControlled(scenario, options);
  EXPECT_TRUE(run) << run.error().message;
  return run ? std::move(*run) : ControlledRun{};
}

TEST(LongRunTest, ARunInWhichCallsAreAnsweredGoesOnHoweverManyStepsItTakes) {
  const ControlledRun run = RunOf(ManyCalls(), {.max_steps_between_answers = 1'000});
  EXPECT_EQ(run.end, sched::RunEnd::kFinished);
  EXPECT_TRUE(run.problems.empty());
  EXPECT_GT(run.trace.size(), 4'000u);
  EXPECT_EQ(trace::EncodeTrace(run.trace), trace::EncodeTrace(RunOf(ManyCalls(), {}).trace)) << "the limit is not seen";
}

TEST(LongRunTest, ARunInWhichNoCallIsAnsweredForThatLongGoesOnForEver) {
  const ControlledRun run = RunOf(ManyCalls(), {.max_steps_between_answers = 100});
  EXPECT_EQ(run.end, sched::RunEnd::kStepLimit) << "the clients are still connecting";
  EXPECT_TRUE(run.problems.empty()) << "it is an outcome, and no fault of the file";
  EXPECT_EQ(run.trace.Meta("end"), "step limit");
}

TEST(LongRunTest, ARunThatIsLongerThanOneMayBeIsNoneThatCanBeUsed) {
  const ControlledRun run = RunOf(ManyCalls(), {.max_steps_between_answers = 1'000, .max_steps = 3'000});
  ASSERT_EQ(run.problems.size(), 1u);
  EXPECT_TRUE(run.problems[0].is_unusable);
  EXPECT_THAT(run.problems[0].text,
              MatchesRegex("the run is longer than a controlled one may be: after 3000 steps [0-9]+ of 60 calls are "
                           "answered; fewer calls were expected, or --live"));
}

}  // namespace
}  // namespace lockscope::scenario
