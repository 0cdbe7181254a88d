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
  for (const uint32_t step :
       {job.packet_read, job.queued, job.taken, job.call_began, job.call_ended, job.reply_queued, job.reply_written}) {
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

TEST(Picture, OfARecordingWithoutACallIsRefused) {
  trace::TraceBuilder b;
  b.Thread("t");
  const trace::Trace trace = b.Build();
  const analysis::Timeline timeline(trace);
  EXPECT_THAT(ComposePicture(LaneContent(timeline), 0).error().message, HasSubstr("no call"));
}

}  // namespace
}  // namespace lockscope::viewer
