#include "viewer/model/picture_layout.h"

#include <gtest/gtest.h>

#include "tests/support/sample_trace.h"

namespace lockscope::viewer {
namespace {

constexpr float kHeight = 700;

class PictureLayoutTest : public ::testing::Test {
 protected:
  // Of so many threads and locks, for a page.
  static Lanes LayOut(const trace::Trace& trace, size_t threads, size_t locks, int rows = 1) {
    const analysis::Timeline timeline(trace);
    const LaneContent content(timeline);
    Picture picture;
    for (size_t i = 0; i < threads; ++i) picture.lanes.push_back(trace.threads()[content.daemon_threads()[i]]);
    for (size_t i = 0; i < locks; ++i) picture.lanes.push_back(content.locks()[i]);
    picture.wait_rows = rows;
    picture.job_rows = rows;
    return LayOutPicture(content, picture, 1.62f, kHeight);
  }
  trace::Trace trace_ = testing::FourClientsThreeWorkers();
};

TEST_F(PictureLayoutTest, FewLanesAndManyFillThePage) {
  for (const size_t threads : {2u, 3u, 4u}) {
    for (const size_t locks : {1u, 2u, 3u}) {
      const Lanes lanes = LayOut(trace_, threads, locks);
      EXPECT_LE(LanesEnd(lanes), kHeight) << threads << " threads, " << locks << " locks";
      EXPECT_GE(LanesEnd(lanes), kHeight * 0.85f) << threads << " threads, " << locks << " locks";
    }
  }
}

TEST_F(PictureLayoutTest, WhatGrowsIsBetweenTheLanesNotAboveThem) {
  const Lanes few = LayOut(trace_, 2, 1);
  const Lanes many = LayOut(trace_, 4, 3);
  EXPECT_GT(few.metrics.gap, many.metrics.gap);
  EXPECT_GE(few.metrics.activity, many.metrics.activity);
  EXPECT_LE(few.lanes.front().y, 36 * 1.62f + 1);
}

TEST_F(PictureLayoutTest, WhereThereIsNoRoomTheRowsOfWaitersGoAndThenTheLastLocks) {
  const Lanes lanes = LayOut(trace_, 4, 5, 4);
  EXPECT_LE(LanesEnd(lanes), kHeight);
  size_t locks = 0;
  for (const Lane& lane : lanes.lanes) {
    if (lane.kind != LaneKind::kLock) continue;
    EXPECT_EQ(lane.slots, 0);
    ++locks;
  }
  EXPECT_GE(locks, 1u);
}

}  // namespace
}  // namespace lockscope::viewer
