// The picture of a moment or of a part that somebody asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/trace/trace_builder.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"
#include "viewer/model/picture.h"

namespace lockscope::viewer {
namespace {

using ::testing::Contains;
using ::testing::StartsWith;

class AskedPictureTest : public ::testing::Test {
 protected:
  Picture Compose(const PictureWish& wish, uint32_t job = 0) const {
    const auto picture = ComposePicture(content_, job, wish);
    EXPECT_TRUE(picture) << picture.error().message;
    return picture ? *picture : Picture();
  }
  static bool HasColumn(const Picture& picture, size_t step) {
    return std::binary_search(picture.columns.begin(), picture.columns.end(), static_cast<uint32_t>(step));
  }
  trace::Trace trace_ = testing::FourClientsThreeWorkers();
  analysis::Timeline timeline_{trace_};
  LaneContent content_{timeline_};
};

TEST_F(AskedPictureTest, ItsCursorIsWhereItIsWantedAndTheThreadThereHasALane) {
  for (size_t step = 0; step < trace_.size(); step += 7) {
    const Picture picture = Compose({.cursor = step, .from = {}, .to = {}});
    EXPECT_EQ(picture.cursor, step);
    EXPECT_TRUE(HasColumn(picture, step)) << step;
    EXPECT_TRUE(picture.bright.Contains(step)) << step;
    EXPECT_TRUE(std::is_sorted(picture.columns.begin(), picture.columns.end()));
    EXPECT_LE(picture.columns.size(), 32u);
    const auto& daemon = content_.daemon_threads();
    if (std::find(daemon.begin(), daemon.end(), trace_.ThreadIndex(step)) != daemon.end()) {
      EXPECT_THAT(picture.lanes, Contains(trace_.thread(step))) << step;
    }
  }
}

TEST_F(AskedPictureTest, OfAPartItShowsAllOfItAndNothingElse) {
  for (const auto& [from, to] : std::vector<std::pair<size_t, size_t>>{{20, 60}, {0, 30}, {200, trace_.size() - 1}}) {
    const Picture picture = Compose({.cursor = {}, .from = from, .to = to});
    EXPECT_EQ(picture.columns.front(), from);
    EXPECT_EQ(picture.columns.back(), to);
    EXPECT_GE(picture.cursor, from);
    EXPECT_LE(picture.cursor, to);
  }
  EXPECT_EQ(Compose({.cursor = {}, .from = 100, .to = {}}).columns.back(), trace_.size() - 1);
  EXPECT_EQ(Compose({.cursor = {}, .from = {}, .to = 100}).columns.front(), 0u);
}

TEST_F(AskedPictureTest, APartAroundTheDecisiveEventKeepsThePicturesThreadsAndTitle) {
  const Picture own = *ComposePicture(content_, 0);
  const Picture part = Compose({.cursor = {}, .from = own.cursor - 10, .to = own.cursor + 10});
  EXPECT_EQ(part.cursor, own.cursor);
  EXPECT_EQ(part.title, own.title);
  EXPECT_EQ(part.job, own.job);
  EXPECT_FALSE(part.exact);
  for (const ObjectId lane : part.lanes) EXPECT_THAT(own.lanes, Contains(lane));
}

TEST_F(AskedPictureTest, ElsewhereItIsOfTheMomentAndSaysWhichOne) {
  const Picture picture = Compose({.cursor = 3, .from = {}, .to = {}});
  EXPECT_THAT(picture.title, StartsWith("Step 4: "));
  EXPECT_EQ(picture.job, -1);
  EXPECT_TRUE(picture.exact);
  EXPECT_TRUE(picture.sentences.empty()) << "what is said is said of the cursor";
}

TEST_F(AskedPictureTest, ACallThatIsAskedForByNumberStaysThePicturesCall) {
  const Picture own = *ComposePicture(content_, 2);
  const Picture asked = Compose({.cursor = 3, .from = {}, .to = {}}, 2);
  EXPECT_EQ(asked.job, own.job);
  EXPECT_EQ(asked.cursor, 3u);
  EXPECT_FALSE(ComposePicture(content_, 99, {.cursor = 3, .from = {}, .to = {}}));
}

TEST(AskedPicture, ADeadlockIsSaidFromTheEventThatClosesItOnAndNotBefore) {
  const trace::Trace trace = testing::ReplyLocksClientFirst();
  const analysis::Timeline timeline(trace);
  const LaneContent content(timeline);
  const Picture own = *ComposePicture(content, 0);
  const Picture later = *ComposePicture(content, 0, {.cursor = own.cursor, .from = {}, .to = {}});
  EXPECT_EQ(later.sentences, own.sentences);
  EXPECT_EQ(later.circle.size(), own.circle.size());
  const Picture before = *ComposePicture(content, 0, {.cursor = own.cursor - 1, .from = {}, .to = {}});
  EXPECT_TRUE(before.circle.empty());
  EXPECT_THAT(before.title, StartsWith("Step "));
}

TEST(AskedPicture, ARecordingWithoutACallHasItsMoments) {
  trace::TraceBuilder b;
  const ObjectId thread = b.Thread("t");
  const ObjectId mutex = b.Mutex("m", "m");
  b.On(thread).Acquire(mutex).Release(mutex);
  const trace::Trace trace = b.Build();
  const analysis::Timeline timeline(trace);
  const auto picture = ComposePicture(LaneContent(timeline), 0, {.cursor = 1, .from = {}, .to = {}});
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(picture->lanes, (std::vector<ObjectId>{thread, mutex}));
}

}  // namespace
}  // namespace lockscope::viewer
