#include "core/scenario/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/scenario/library_run.h"

namespace lockscope::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class VerdictTest : public ::testing::Test {
 protected:
  // A shipped scenario's recording, as if it had been made in that mode.
  static trace::Trace Recorded(const std::string& file, std::string mode) {
    const Scenario scenario = Shipped(file);
    Result<ControlledRun> run = RunControlled(scenario, {.meta = MetaFor(scenario, std::move(mode), file)});
    LS_CHECK(run.has_value());
    return std::move(run->trace);
  }

  const RecordBreaches policy_;
};

TEST_F(VerdictTest, SaysOfEachPartWhatWasExpectedAndWhatCame) {
  const trace::Trace deadlock = Recorded("01-reply-lock-order.broken.json", "controlled");
  Expectation other;
  other.outcome = "hang";
  other.breaks = {"R3", "R2"};
  other.served = 7;
  other.blocked = {{"leader", "server"}, {"loop", "client bob"}, {"worker-1", "server"}};
  EXPECT_THAT(
      DifferencesOf(deadlock, other),
      ElementsAre("outcome: hang was expected, deadlock came", "breaks: R2, R3 was expected, R1 came",
                  "served: 7 was expected, 0 came", ::testing::StartsWith("blocked.leader: 'server' was expected; it"),
                  "blocked.loop: 'client bob' was expected; it waits for client alice"));
}

TEST_F(VerdictTest, WhatIsNotExpectedIsNotCompared) {
  Expectation expected;
  expected.outcome = "deadlock";
  EXPECT_THAT(DifferencesOf(Recorded("01-reply-lock-order.broken.json", "controlled"), expected), IsEmpty());
}

TEST_F(VerdictTest, HowLongALockIsHeldCountsInVirtualTimeAndNotInThatOfABusyMachine) {
  const std::string convoy = "07-scan-convoy.broken.json";
  Expectation expected = Shipped(convoy).expect;
  ASSERT_THAT(expected.breaks.value(), ElementsAre("R4"));
  expected.breaks = std::vector<std::string>();
  EXPECT_THAT(DifferencesOf(Recorded(convoy, "controlled"), expected),
              ElementsAre("breaks: none was expected, R4 came"));
  EXPECT_THAT(DifferencesOf(Recorded(convoy, "live"), expected), IsEmpty());
}

}  // namespace
}  // namespace lockscope::scenario
