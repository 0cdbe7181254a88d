#include "viewer/model/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "core/trace/trace_builder.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"

namespace lockscope::viewer {
namespace {

using ::testing::HasSubstr;

class PictureTest : public ::testing::Test {
 protected:
  trace::Trace trace_ = testing::FourClientsThreeWorkers();
  analysis::Timeline timeline_{trace_};
  LaneContent content_{timeline_};
};

TEST_F(PictureTest, ShowsTheCallWhoseWorkerWaitedForTheClientsLock) {
  const auto picture = ComposePicture(content_, 0);
  ASSERT_TRUE(picture) << picture.error().message;
  const analysis::Job& job = timeline_.jobs()[picture->job];
  EXPECT_EQ(trace_.Name(job.client), "alice");
  EXPECT_EQ(picture->cursor, job.queued);
  std::vector<std::string_view> lanes;
  for (const ObjectId lane : picture->lanes) lanes.push_back(trace_.Name(lane));
  EXPECT_THAT(lanes, ::testing::ElementsAre("event-loop", "worker-1", "server", "alice"));
  EXPECT_FALSE(analysis::SentencesAt(timeline_, picture->cursor).empty());
}

TEST_F(PictureTest, HasTheWholeWayInAboutTwentyFiveColumns) {
  const auto picture = ComposePicture(content_, 0);
  ASSERT_TRUE(picture);
  EXPECT_TRUE(std::is_sorted(picture->columns.begin(), picture->columns.end()));
  EXPECT_GE(picture->columns.size(), 20u);
  EXPECT_LE(picture->columns.size(), 30u);
  const analysis::Job& job = timeline_.jobs()[picture->job];
  // The rest of its way is said by bars.
  for (const uint32_t step : {job.queued, job.taken, job.call_began}) {
    EXPECT_TRUE(std::binary_search(picture->columns.begin(), picture->columns.end(), step)) << step;
  }
}

TEST_F(PictureTest, AnyCompleteCallCanBeChosen) {
  for (const analysis::Job& job : timeline_.jobs()) {
    const auto picture = ComposePicture(content_, job.number);
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_EQ(timeline_.jobs()[picture->job].number, job.number);
  }
  EXPECT_THAT(ComposePicture(content_, 99).error().message, HasSubstr("no job 99"));
}

// The signal wakes a worker while the loop still has the client's lock: the wait begins after the job was queued.
TEST(Picture, ItsCursorStandsWhereTheWorkerComesTooEarlyForTheLock) {
  using trace::EventKind;
  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("event loop", trace::Role::kEventLoop);
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  const ObjectId server = b.Mutex("server", "server");
  const ObjectId job = b.Condition("job", server);
  const ObjectId client = b.Add(trace::ObjectType::kClient, "alice");
  const ObjectId alice = b.Mutex("alice", "client", client);
  const ObjectId hostname = b.Add(trace::ObjectType::kProcedure, "hostname");
  b.On(worker).Acquire(server).BeginWait(job);
  b.On(loop).Acquire(server).Acquire(alice).Release(server).Record(EventKind::kPacketRead, client, hostname);
  b.Record(EventKind::kJobQueued, client, 1).Record(EventKind::kConditionSignalled, job);
  b.On(worker).EndWait(job).Request(alice);
  b.On(loop).Release(alice);
  b.On(worker).Acquire(alice).Release(server).Record(EventKind::kJobTaken, client, 1).Release(alice);
  b.Record(EventKind::kCallBegan, hostname, 1).Record(EventKind::kCallEnded, hostname, 1);
  b.Acquire(server).Acquire(alice).Release(server).Record(EventKind::kReplyQueued, client, 1).Release(alice);
  b.On(loop).Acquire(server).Acquire(alice).Release(server).Record(EventKind::kReplyWritten, client, 1).Release(alice);
  const trace::Trace trace = b.Build();
  const analysis::Timeline timeline(trace);
  const auto picture = ComposePicture(LaneContent(timeline), 0);
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(trace.event(picture->cursor).kind(), EventKind::kLockRequested);
  EXPECT_EQ(trace.thread(picture->cursor), worker);
  EXPECT_TRUE(std::binary_search(picture->columns.begin(), picture->columns.end(), picture->cursor));
}

TEST(Picture, OfARecordingWithoutACallIsRefused) {
  trace::TraceBuilder b;
  b.Thread("t");
  const trace::Trace trace = b.Build();
  const analysis::Timeline timeline(trace);
  EXPECT_THAT(ComposePicture(LaneContent(timeline), 0).error().message, HasSubstr("no call"));
}

class DeadlockPictureTest : public ::testing::Test {
 protected:
  std::string Name(ObjectId object) const { return std::string(trace_.Name(object)); }
  trace::Trace trace_ = testing::ReplyLocksClientFirst();
  analysis::Timeline timeline_{trace_};
  LaneContent content_{timeline_};
};

TEST_F(DeadlockPictureTest, ShowsTheThreadsAndLocksOfTheCircleAndNothingElse) {
  const auto picture = ComposePicture(content_, 0);
  ASSERT_TRUE(picture) << picture.error().message;
  std::vector<std::string> lanes;
  for (const ObjectId lane : picture->lanes) lanes.push_back(Name(lane));
  EXPECT_THAT(lanes, ::testing::UnorderedElementsAre("event loop", "worker-1", "server", "alice"));
  EXPECT_EQ(picture->title, "Deadlock: each holds the lock that the other one wants");
  EXPECT_EQ(picture->circle.size(), 2u);
  EXPECT_EQ(picture->job, -1);
  EXPECT_EQ(picture->wait_rows, 1);
}

TEST_F(DeadlockPictureTest, ItsCursorIsTheEventThatClosesTheCircleAndTheCircleIsBright) {
  const auto picture = ComposePicture(content_, 0);
  ASSERT_TRUE(picture);
  const trace::Event& event = trace_.event(picture->cursor);
  EXPECT_EQ(event.kind(), trace::EventKind::kLockRequested);
  EXPECT_EQ(Name(event.object()), "server");
  for (const analysis::WaitEdge& edge : picture->circle) {
    EXPECT_GE(timeline_.waits()[static_cast<size_t>(edge.wait)].from, picture->bright.from);
    EXPECT_GE(timeline_.holds()[static_cast<size_t>(edge.hold)].from, picture->bright.from);
  }
  EXPECT_EQ(picture->bright.to, trace_.size());
}

TEST_F(DeadlockPictureTest, ItsColumnsAreFewAndNoneIsOfWords) {
  const auto picture = ComposePicture(content_, 0);
  ASSERT_TRUE(picture);
  EXPECT_TRUE(std::is_sorted(picture->columns.begin(), picture->columns.end()));
  EXPECT_LE(picture->columns.size(), 20u);
  EXPECT_EQ(picture->columns.back(), picture->cursor);
  EXPECT_GT(picture->tail, 0) << "there is room for what both want";
  for (const uint32_t step : picture->columns) {
    EXPECT_NE(trace_.event(step).kind(), trace::EventKind::kCaptionShown);
    EXPECT_NE(trace_.event(step).kind(), trace::EventKind::kQuestionAsked);
  }
}

TEST_F(DeadlockPictureTest, SaysTheDeadlockAndThenTheBreachThatMadeIt) {
  const auto picture = ComposePicture(content_, 0);
  ASSERT_TRUE(picture);
  EXPECT_THAT(
      picture->sentences,
      ::testing::ElementsAre(
          "Deadlock: the event loop waits for alice's lock, which worker-1 holds; worker-1 waits for the server "
          "lock, which the event loop holds. None of them can go on.",
          HasSubstr("R1 server-before-client, at core/daemon/bugs/reply_locks_client_first.cc:32")));
}

TEST_F(DeadlockPictureTest, ACallCanStillBeAskedFor) {
  EXPECT_THAT(ComposePicture(content_, 1).error().message, HasSubstr("no job 1 that went from packet to reply"));
}

TEST(DeadlockPicture, ARunThatEndedHasNone) {
  const trace::Trace trace = testing::FourClientsThreeWorkers();
  const analysis::Timeline timeline(trace);
  EXPECT_EQ(ComposeDeadlock(LaneContent(timeline)), std::nullopt);
}

}  // namespace
}  // namespace lockscope::viewer
