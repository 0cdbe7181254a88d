#include "viewer/model/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "core/trace/trace_builder.h"
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

}  // namespace
}  // namespace lockscope::viewer
