#include "core/scenario/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "core/scenario/live_run.h"
#include "core/scenario/scenario_reader.h"
#include "core/sync/guard.h"
#include "core/trace/recorder.h"
#include "core/trace/trace_file.h"
#include "tests/support/temporary_folder.h"

namespace lockscope::scenario {
namespace {

using ::testing::HasSubstr;

TEST(WatchdogTest, ItBitesWhenNothingMoves) {
  std::atomic<bool> bitten{false};
  Watchdog watchdog;
  watchdog.Watch(
      1'000'000, [] { return false; },
      [&] {
        bitten = true;
        bitten.notify_all();
      });
  bitten.wait(false);
  EXPECT_TRUE(bitten);
}

TEST(WatchdogTest, ItDoesNotBiteWhatMoves) {
  std::atomic<int> looks{0};
  std::atomic<bool> bitten{false};
  {
    Watchdog watchdog;
    const auto look = [&] {
      ++looks;
      looks.notify_all();
      return true;
    };
    watchdog.Watch(1, look, [&] { bitten = true; });
    for (int seen = 0; seen < 5; seen = looks) looks.wait(seen);
    watchdog.Stop();
  }
  EXPECT_FALSE(bitten);
}

TEST(WatchdogTest, AStoppedOneDoesNotBite) {
  std::atomic<bool> bitten{false};
  {
    Watchdog watchdog;
    watchdog.Watch(
        3'600'000'000'000, [] { return false; }, [&] { bitten = true; });
    watchdog.Stop();
  }
  EXPECT_FALSE(bitten);
}

TEST(WatchdogTest, ItIsNoPartOfARecording) {
  auto watchdog = std::make_unique<Watchdog>();
  Result<std::unique_ptr<trace::Recorder>> recorder = trace::Recorder::Start({}, {});
  ASSERT_TRUE(recorder);
  sync::RecordEvent(trace::EventKind::kDaemonStarted, kNoObject);
  const Result<trace::Trace> trace = (*recorder)->Finish();
  watchdog.reset();
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->size(), 1u);
  EXPECT_EQ(trace->threads().size(), 1u);
}

TEST(WatchdogTest, ARecorderSaysWhetherAnythingWasRecorded) {
  Result<std::unique_ptr<trace::Recorder>> recorder = trace::Recorder::Start({}, {});
  ASSERT_TRUE(recorder);
  EXPECT_FALSE((*recorder)->HasMoved());
  for (int i = 0; i < 1'000; ++i) {  // Over the end of more than one chunk.
    sync::RecordEvent(trace::EventKind::kDaemonStarted, kNoObject);
    ASSERT_TRUE((*recorder)->HasMoved()) << i;
    ASSERT_FALSE((*recorder)->HasMoved()) << i;
  }
  ASSERT_TRUE((*recorder)->Finish());
  EXPECT_FALSE((*recorder)->HasMoved());
}

TEST(WatchdogTest, ThePausesOfAScenarioAreWaitedFor) {
  Scenario scenario;
  EXPECT_EQ(LongestPauseNs(scenario), 0);
  scenario.driver["uri"] = {{0, "hostname"}};
  EXPECT_EQ(LongestPauseNs(scenario), 50'000'000) << "a call that waits for another gives up";
  scenario.driver["hostname"] = {{3, ""}, {70'000'000, ""}};
  EXPECT_EQ(LongestPauseNs(scenario), 70'000'000);
  scenario.clients = {{.name = "alice", .calls = {"uri"}, .after_ns = 80'000'000}};
  EXPECT_EQ(LongestPauseNs(scenario), 80'000'000);
  scenario.clients[0].hangs_up_ns = 90'000'000;
  EXPECT_EQ(LongestPauseNs(scenario), 90'000'000);
  scenario.daemon.idle_timeout_ns = 100'000'000;
  EXPECT_EQ(LongestPauseNs(scenario), 100'000'000);
}

// A reply that nobody writes: the daemon's bug hangs with every schedule, at the client's first call.
TEST(WatchdogDeathTest, ARunThatHangsEndsTheProcessWithAWholeRecordingAndNoSocketLeft) {
  const testing::TemporaryFolder folder;
  const std::string out = folder.File("hung.lockscope");
  const auto run = [&] {
    ::setenv("TMPDIR", folder.path().c_str(), 1);
    sync::SetGuardPolicy(sync::GuardPolicy::kRecord);
    Scenario scenario;
    scenario.title = "test";
    scenario.bug = "watch-not-updated";
    scenario.daemon.workers = 1;
    scenario.clients = {{.name = "alice", .calls = {"hostname"}}};
    HangOptions hang;
    hang.patience_ns = 200'000'000;
    hang.when_hung = [](const Result<LiveRun>& hung) {
      if (hung && hung->hung && hung->trace.Meta("end") == "watchdog") std::fputs("it hung\n", stderr);
      return 42;
    };
    (void)RunLive(scenario, out, {}, hang);
    ::_exit(1);
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(42), "it hung");
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_TRUE(trace->info().finished);
  EXPECT_EQ(trace->Meta("end"), "watchdog");
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().string(), out) << "left behind";
  }
}

}  // namespace
}  // namespace lockscope::scenario
