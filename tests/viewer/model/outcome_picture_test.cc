// The picture of a run that did not end well, and not in a deadlock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/analysis/outcome.h"
#include "tests/core/analysis/small_daemon.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"
#include "viewer/model/picture.h"

namespace lockscope::viewer {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using trace::EventKind;

class Daemon : public testing::SmallDaemon {
 public:
  Daemon& Queue(uint32_t number) {
    Loop().Acquire(server).Acquire(alice_lock).Release(server);
    Loop().Record(EventKind::kPacketRead, alice, hostname).Record(EventKind::kJobQueued, alice, number);
    Loop().Record(EventKind::kConditionSignalled, job).Release(alice_lock);
    return *this;
  }
  Daemon& Sleep(ObjectId worker) {
    b.On(worker).Acquire(server).BeginWait(job);
    return *this;
  }
  Daemon& Take(ObjectId worker, uint32_t number) {
    b.On(worker).Acquire(server).Acquire(alice_lock).Release(server).Record(EventKind::kJobTaken, alice, number);
    b.On(worker).Release(alice_lock).Record(EventKind::kCallBegan, hostname, number);
    return *this;
  }
  Daemon& Answer(ObjectId worker, uint32_t number) {
    b.On(worker).Record(EventKind::kCallEnded, hostname, number).Acquire(server).Acquire(alice_lock).Release(server);
    b.On(worker).Record(EventKind::kReplyQueued, alice, number).Release(alice_lock);
    return *this;
  }
  Daemon& Write(uint32_t number) {
    Loop().Acquire(server).Acquire(alice_lock).Release(server).Record(EventKind::kReplyWritten, alice, number);
    Loop().Release(alice_lock);
    return *this;
  }
  // A healthy call, which a picture could be of as well.
  Daemon& Serve(uint32_t number) { return Queue(number).Take(worker1, number).Answer(worker1, number).Write(number); }
  Daemon& Poll() {
    Loop().Record(EventKind::kPollEntered, loop, 2);
    return *this;
  }
  trace::Trace End(const char* how) {
    b.Meta("end", how);
    return b.Build();
  }
};

struct Composed {
  analysis::Outcome outcome;
  Picture picture;
  std::vector<std::string> lanes;
};

Composed PictureOf(const trace::Trace& trace) {
  const analysis::Timeline timeline(trace);
  Composed composed;
  composed.outcome = analysis::FindOutcome(timeline, analysis::CheckRules(timeline));
  const auto picture = ComposePicture(LaneContent(timeline), 0);
  EXPECT_TRUE(picture) << picture.error().message;
  if (picture) composed.picture = *picture;
  for (const ObjectId lane : composed.picture.lanes) composed.lanes.emplace_back(trace.Name(lane));
  return composed;
}

void ExpectTheMomentOfTheOutcome(const Composed& composed, analysis::OutcomeKind kind) {
  const Picture& picture = composed.picture;
  EXPECT_EQ(composed.outcome.kind, kind) << composed.outcome.sentence;
  EXPECT_EQ(picture.cursor, composed.outcome.step);
  ASSERT_FALSE(picture.sentences.empty());
  EXPECT_EQ(picture.sentences.front(), composed.outcome.sentence);
  EXPECT_EQ(picture.job, -1) << "it is of no healthy call";
  EXPECT_TRUE(std::is_sorted(picture.columns.begin(), picture.columns.end()));
  EXPECT_TRUE(std::binary_search(picture.columns.begin(), picture.columns.end(), picture.cursor));
  EXPECT_LE(picture.columns.size(), 26u);
  EXPECT_TRUE(picture.bright.Contains(picture.cursor));
}

TEST(OutcomePicture, OfALostWakeUpItIsTheWorkerThatGoesToSleepAfterTheSignal) {
  Daemon d;
  d.Sleep(d.worker2).Serve(1).Queue(2).Poll().Sleep(d.worker1);
  const trace::Trace trace = d.End("stuck");
  const Composed composed = PictureOf(trace);
  ExpectTheMomentOfTheOutcome(composed, analysis::OutcomeKind::kLostWakeUp);
  EXPECT_THAT(composed.picture.title, StartsWith("Lost wake-up"));
  EXPECT_EQ(trace.event(composed.picture.cursor).kind(), EventKind::kWaitBegan);
  EXPECT_THAT(composed.lanes, UnorderedElementsAre("worker-1", "worker-2", "event-loop", "alice", "server"));
  EXPECT_EQ(composed.picture.bright.to, trace.size()) << "it stays so";
  EXPECT_EQ(composed.picture.job_rows, 1) << "the call that lies in dx is seen";
}

TEST(OutcomePicture, OfAStuckReplyItIsTheReplyThatIsQueuedWhileTheLoopSleeps) {
  Daemon d;
  d.Serve(1).Queue(2).Take(d.worker1, 2).Poll().Answer(d.worker1, 2).Sleep(d.worker1).Sleep(d.worker2);
  const trace::Trace trace = d.End("stuck");
  const Composed composed = PictureOf(trace);
  ExpectTheMomentOfTheOutcome(composed, analysis::OutcomeKind::kStuckReply);
  EXPECT_EQ(trace.event(composed.picture.cursor).kind(), EventKind::kReplyQueued);
  EXPECT_THAT(composed.lanes, Contains("alice"));
  EXPECT_THAT(composed.lanes, Contains("event-loop"));
}

TEST(OutcomePicture, OfAHangItIsTheLastThreadThatBeginsToWait) {
  Daemon d;
  d.Serve(1).Sleep(d.worker2).Sleep(d.worker1);
  d.Loop().Record(EventKind::kJoinBegan, d.worker1);
  d.Leader().Record(EventKind::kJoinBegan, d.loop_thread);
  const trace::Trace trace = d.End("stuck");
  const Composed composed = PictureOf(trace);
  ExpectTheMomentOfTheOutcome(composed, analysis::OutcomeKind::kHang);
  EXPECT_EQ(trace.event(composed.picture.cursor).kind(), EventKind::kJoinBegan);
  EXPECT_THAT(composed.lanes, Contains("event-loop"));
  EXPECT_THAT(composed.lanes, Contains("worker-1"));
}

TEST(OutcomePicture, OfAHangItShowsWhoCameBeforeToo) {
  Daemon d;
  d.Serve(1).Sleep(d.worker2);
  d.Worker1().Record(EventKind::kThreadEnded);
  d.Loop().Record(EventKind::kJoinBegan, d.worker2);
  const Composed composed = PictureOf(d.End("stuck"));
  ExpectTheMomentOfTheOutcome(composed, analysis::OutcomeKind::kHang);
  EXPECT_THAT(composed.lanes, IsSupersetOf({"event-loop", "worker-1", "worker-2"})) << "worker-1 has ended";
}

TEST(OutcomePicture, OfAnOverrunItIsTheCallThatIsOneTooMany) {
  Daemon d;
  d.b.Meta("max_client_requests", "1");
  d.Serve(1).Queue(2).Queue(3).Take(d.worker1, 2).Answer(d.worker1, 2).Write(2);
  d.Take(d.worker1, 3).Answer(d.worker1, 3).Write(3);
  const trace::Trace trace = d.End("finished");
  const Composed composed = PictureOf(trace);
  ExpectTheMomentOfTheOutcome(composed, analysis::OutcomeKind::kOverrun);
  EXPECT_EQ(trace.event(composed.picture.cursor).kind(), EventKind::kJobQueued);
  EXPECT_GE(composed.lanes.size(), 4u) << "two threads, and the locks of server and client";
}

TEST(OutcomePicture, OfAClientUsedAfterItWasFreedItIsTheUse) {
  Daemon d;
  d.Serve(1).Queue(2).Take(d.worker1, 2);
  d.Loop().Record(EventKind::kClientFreed, d.alice);
  d.Worker1().Record(EventKind::kFreedClientUsed, d.alice);
  const trace::Trace trace = d.End("finished");
  const Composed composed = PictureOf(trace);
  ExpectTheMomentOfTheOutcome(composed, analysis::OutcomeKind::kUseAfterFree);
  EXPECT_THAT(composed.lanes, UnorderedElementsAre("worker-1", "event-loop", "alice", "server"));
}

TEST(OutcomePicture, ALockWithWhichNothingHappensHasNoLane) {
  Daemon d;
  d.Serve(1);
  for (int i = 0; i < 20; ++i) d.Worker1().Acquire(d.server).Release(d.server);
  d.Loop().Record(EventKind::kClientFreed, d.alice);
  d.Worker1().Record(EventKind::kFreedClientUsed, d.alice);
  EXPECT_THAT(PictureOf(d.End("finished")).lanes, UnorderedElementsAre("worker-1", "event-loop", "server"));
}

TEST(OutcomePicture, ACallCanStillBeAskedForAndACleanRunHasNone) {
  Daemon d;
  d.Sleep(d.worker2).Serve(1).Queue(2).Poll().Sleep(d.worker1);
  const trace::Trace trace = d.End("stuck");
  const analysis::Timeline timeline(trace);
  const auto call = ComposePicture(LaneContent(timeline), 1);
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_GE(call->job, 0);

  const trace::Trace clean = testing::FourClientsThreeWorkers();
  const analysis::Timeline clean_timeline(clean);
  EXPECT_EQ(ComposeOutcome(LaneContent(clean_timeline)), std::nullopt);
}

TEST(OutcomePicture, ADeadlockHasAPictureOfItsOwn) {
  const trace::Trace trace = testing::ReplyLocksClientFirst();
  const analysis::Timeline timeline(trace);
  EXPECT_EQ(ComposeOutcome(LaneContent(timeline)), std::nullopt);
}

}  // namespace
}  // namespace lockscope::viewer
