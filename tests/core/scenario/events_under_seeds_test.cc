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

class UnheardEventsTest : public ::testing::Test {
 protected:
  // alice, of two workers' daemon, waits for so many events.
  static Scenario Waiting(int events) {
    Scenario scenario;
    scenario.title = "A test";
    scenario.daemon.workers = 2;
    scenario.clients = {{.name = "alice", .calls = {"event_subscribe"}, .events = events}};
    return scenario;
  }
  static std::string SentenceOf(const Scenario& scenario) {
    const ControlledRun run = RunOf(scenario, "test.json");
    const analysis::Timeline timeline(run.trace);
    return analysis::FindOutcome(timeline, analysis::CheckRules(timeline)).sentence;
  }

  const RecordBreaches policy_;
  const std::string rest_ =
      "worker-1 and worker-2 wait on the condition job; the event loop sleeps in poll. Nobody is left to wake them.";
};

TEST_F(UnheardEventsTest, WhoWaitsForAnEventThatNobodyCausesIsNamedFirst) {
  EXPECT_EQ(SentenceOf(Waiting(1)), "Hang: alice waits for an event, and none comes; " + rest_);
}

TEST_F(UnheardEventsTest, WhatSheHasHeardAndWhoElseWaitsIsSaid) {
  Scenario scenario = Waiting(5);
  scenario.clients.push_back({.name = "bob", .calls = {"domain_suspend", "domain_resume"}, .after_ns = 5'000'000});
  scenario.clients.push_back({.name = "carol", .calls = {"event_subscribe"}, .events = 2});
  EXPECT_EQ(SentenceOf(scenario), "Hang: alice has heard 2 events and waits for another; " + rest_);
  scenario.clients[2].events = 3;
  EXPECT_EQ(SentenceOf(scenario), "Hang: alice and carol wait for an event, and none comes; " + rest_);
}

TEST_F(UnheardEventsTest, WhoWaitsForAReplyWaitsForNoEvent) {
  Scenario scenario = Waiting(0);
  scenario.bug = "waits-for-ever-in-a-call";
  scenario.driver["domain_list"] = {{.waits_for = "hostname"}};
  scenario.clients.push_back({.name = "bob", .calls = {"domain_list"}});
  scenario.clients.push_back({.name = "carol", .calls = {"hostname"}, .after_ns = 5'000'000});
  scenario.clients[0].after_ns = 1'000'000;
  scenario.daemon.workers = 1;
  EXPECT_THAT(SentenceOf(scenario), ::testing::StartsWith("Hang: worker-1 waits on the condition call begun"));
}

}  // namespace
}  // namespace lockscope::scenario
