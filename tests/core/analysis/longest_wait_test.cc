// The longest wait of a recording, in the past tense: for a lock, and of a call in dx.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "core/analysis/explain.h"
#include "tests/core/analysis/small_daemon.h"
#include "tests/support/sample_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::Field;
using ::testing::HasSubstr;
using testing::SmallDaemon;
using trace::EventKind;
using trace::Trace;

TEST(LongestWaitTest, OfTheSampleIsDavesCall) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const std::optional<LongestWait> wait = FindLongestWait(timeline);
  ASSERT_TRUE(wait.has_value());
  EXPECT_TRUE(wait->is_job);
  EXPECT_EQ(timeline.jobs()[wait->index].number, 4u);
  EXPECT_EQ(wait->length_ns, 34'895'000);
  EXPECT_EQ(wait->text,
            "dave's call hostname waited 34.9 ms in dave's dx queue (dx: calls waiting): all 3 workers were in driver "
            "calls (worker-1: hostname, worker-2: domain_list, worker-3: hostname).");
  EXPECT_THAT(SentencesAt(timeline, wait->step, wait->at_ns)[0].text,
              HasSubstr("has been waiting 34.9 ms in dave's dx queue (dx: calls waiting): all 3 workers are in"));
}

TEST(LongestWaitTest, ForALockTellsWhatTheHolderDidMostOfTheTime) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const std::optional<LongestWait> wait = FindLongestLockWait(timeline);
  ASSERT_TRUE(wait.has_value());
  EXPECT_FALSE(wait->is_job);
  EXPECT_EQ(
      wait->text,
      "worker-1 waited 1.80 ms for alice's lock: the event loop held it (taken at core/daemon/client.cc:88) and was "
      "reading a packet.");
  EXPECT_THAT(SentencesAt(timeline, wait->step, wait->at_ns)[0].text,
              ::testing::StartsWith("worker-1 has been waiting 1.80 ms for alice's lock."));
}

TEST(LongestWaitTest, SaysWhoElseGotTheLockFirst) {
  SmallDaemon d;
  d.Loop(7).At(100).Acquire(d.server);
  d.Worker1().At(200).Request(d.server);
  d.Loop().At(300).Release(d.server);
  d.Worker2().At(400).Acquire(d.server).At(500).Release(d.server);
  d.Worker1().At(1200).Acquire(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_EQ(
      FindLongestWait(timeline)->text,
      "worker-1 waited 1.00 us for the server lock: the event loop held it (taken at loop.cc:7); after that worker-2 "
      "got it first.");
}

// The loop let alice's lock go before it asked for the server's: that is no circle, and must not read like one.
TEST(LongestWaitTest, OfALockThatWasLetGoBeforeSaysSo) {
  SmallDaemon d;
  d.Loop(7).At(100).Acquire(d.alice_lock);
  d.Worker1(9).At(200).Acquire(d.server).At(300).Request(d.alice_lock);
  d.Loop(7).At(350).Release(d.alice_lock).At(360).Request(d.server);
  d.Worker1(9).At(1400).Acquire(d.alice_lock).At(1410).Release(d.alice_lock).At(1900).Release(d.server);
  d.Loop().At(2000).Acquire(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_EQ(
      FindLongestLockWait(timeline)->text,
      "The event loop waited 1.64 us for the server lock: worker-1 held it (taken at worker.cc:9) and itself waited "
      "for alice's lock, which the event loop had let go.");
  const size_t asked = std::ranges::find(timeline.waits(), d.server, &LockWait::lock)->from;
  EXPECT_THAT(
      SentencesAt(timeline, asked, 600),
      ::testing::Contains(Field(&Sentence::text,
                                HasSubstr("worker-1 holds it (taken at worker.cc:9) and itself waits for alice's lock, "
                                          "which the event loop has let go; "))));
}

// Who held it nearly all of the time is in the way, though nobody has it in the moment before the wait ends.
TEST(LongestWaitTest, OfALockThatWasHeldMostOfTheTimeSaysSo) {
  SmallDaemon d;
  d.Worker2(5).At(100).Acquire(d.alice_lock);
  d.Worker1(9).At(200).Acquire(d.server).At(300).Request(d.alice_lock);
  d.Loop(7).At(310).Request(d.server);
  d.Worker2(5).At(1900).Release(d.alice_lock).At(1901).Record(EventKind::kLoopWoken, d.loop);
  d.Worker1(9).At(1904).Acquire(d.alice_lock).At(1905).Release(d.alice_lock).At(1910).Release(d.server);
  d.Loop().At(2000).Acquire(d.server);
  const Trace trace = d.b.Build();
  EXPECT_EQ(
      FindLongestLockWait(Timeline(trace))->text,
      "The event loop waited 1.69 us for the server lock: worker-1 held it (taken at worker.cc:9) and itself waited "
      "for alice's lock, which worker-2 held.");
}

TEST(LongestWaitTest, TellsOfTheHoldThatTookMostOfIt) {
  SmallDaemon d;
  d.Worker1(3).At(100).Acquire(d.server);
  d.Loop().At(110).Request(d.server);
  d.Worker1(3).At(112).Release(d.server);
  d.Worker2(4).At(113).Acquire(d.server).At(115).Release(d.server);
  d.Worker1(9).At(120).Acquire(d.server).At(130).Record(EventKind::kCallBegan, d.hostname, 1);
  d.Worker1(9).At(1100).Record(EventKind::kCallEnded, d.hostname, 1).At(1105).Release(d.server);
  d.Loop().At(1110).Acquire(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_EQ(FindLongestLockWait(timeline)->text,
            "The event loop waited 1.00 us for the server lock: worker-1 held it (taken at worker.cc:9) and was in the "
            "driver call hostname; besides, it was held 2 times.");
}

TEST(LongestWaitTest, ThatNeverEndsSaysSo) {
  SmallDaemon d;
  d.Loop(7).At(100).Acquire(d.server);
  d.Worker1().At(200).Request(d.server);
  d.Loop().At(1200).Record(EventKind::kLoopWoken, d.loop);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_EQ(
      FindLongestWait(timeline)->text,
      "worker-1 waited 1.00 us for the server lock and was still waiting when the recording ended: the event loop "
      "held it (taken at loop.cc:7).");
}

TEST(LongestWaitTest, IsNoneWhereNobodyWaited) {
  SmallDaemon d;
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_FALSE(FindLongestWait(timeline).has_value());
}

}  // namespace
}  // namespace lockscope::analysis
