// Events while subscribers come and go, under one order of things after another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/scenario/library_run.h"

namespace lockscope::scenario {
namespace {

using ::testing::IsEmpty;
using trace::EventKind;

size_t CountOf(const trace::Trace& trace, EventKind kind) {
  return static_cast<size_t>(std::ranges::count(trace.events(), kind, &trace::Event::kind));
}

// alice changes a domain four times, bob and carol hear of it; the others come and go about the same time.
Scenario Crowded(uint64_t seed) {
  Scenario scenario = Shipped("28-events-to-subscribers.json");
  scenario.schedule = Seed{seed};
  scenario.clients[0].calls = {"domain_suspend", "domain_resume", "domain_destroy", "domain_start"};
  scenario.clients[1].events = scenario.clients[2].events = 4;
  for (int64_t i = 0; i < 3; ++i) {
    ClientScript passing{.name = fmt::format("passing-{}", i), .calls = {"event_subscribe", "hostname"}};
    passing.after_ns = 300'000'000 + (static_cast<int64_t>(seed) * 7'919 + i * 104'729) % 400'000;
    passing.hangs_up_ns = static_cast<int64_t>(seed) * 31 % 90'000;
    scenario.clients.push_back(passing);
  }
  scenario.expect = {};
  return scenario;
}

TEST(EventsUnderSeedsTest, AllWhoStayHearEverythingAndTheRulesAreKept) {
  size_t dropped = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    const Scenario scenario = Crowded(seed);
    const ControlledRun run = RunOf(scenario, "28-events-to-subscribers.json");
    ASSERT_THAT(DifferencesOf(run.trace, scenario.expect), IsEmpty());
    ASSERT_EQ(CountOf(run.trace, EventKind::kEventReceived), 8u);
    const size_t lost = CountOf(run.trace, EventKind::kEventDropped);
    ASSERT_EQ(CountOf(run.trace, EventKind::kEventQueued), CountOf(run.trace, EventKind::kEventWritten) + lost);
    dropped += lost;
  }
  EXPECT_GT(dropped, 0u) << "somebody has gone with an event on its tx";
}

}  // namespace
}  // namespace lockscope::scenario
