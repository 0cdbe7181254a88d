#include "viewer/model/axis.h"

#include <gtest/gtest.h>

#include "core/trace/trace_builder.h"
#include "tests/support/sample_trace.h"
#include "viewer/model/viewport.h"

namespace lockscope::viewer {
namespace {

using trace::EventKind;
using trace::TraceBuilder;

trace::Trace ThreeEventsAtOneTime() {
  TraceBuilder b;
  const ObjectId thread = b.Thread("t");
  b.On(thread);
  for (int i = 0; i < 3; ++i) b.At(100).Record(EventKind::kDaemonStarted);
  b.At(500).Record(EventKind::kLoopEnded);
  return b.Build();
}

TEST(Axis, InStepsEveryEventHasAColumnOfItsOwn) {
  const trace::Trace trace = ThreeEventsAtOneTime();
  const Axis axis = Axis::Steps(trace);
  for (size_t step = 0; step < trace.size(); ++step) {
    EXPECT_EQ(axis.Begin(step), static_cast<double>(step));
    EXPECT_EQ(axis.StepAt(axis.Mid(step)), step);
  }
  EXPECT_EQ(axis.last(), static_cast<double>(trace.size()));
}

TEST(Axis, InTimePositionsAreNanosecondsAndTheLastOfEqualStampsIsFound) {
  const trace::Trace trace = ThreeEventsAtOneTime();
  const Axis axis = Axis::Time(trace);
  EXPECT_EQ(axis.Begin(4), 500);
  EXPECT_EQ(axis.StepAt(100), 3u);
  EXPECT_EQ(axis.StepAt(499), 3u);
  EXPECT_EQ(axis.StepAt(500), 4u);
  EXPECT_EQ(axis.StepAt(-5), 0u);
  EXPECT_EQ(axis.StepAt(1e9), 4u);
}

TEST(Axis, NeverRunsBackwards) {
  const trace::Trace trace = testing::FourClientsThreeWorkers();
  for (const Axis& axis : {Axis::Time(trace), Axis::Steps(trace)}) {
    for (size_t step = 0; step < trace.size(); ++step) {
      ASSERT_LE(axis.Begin(step), axis.Begin(step + 1));
      ASSERT_GE(axis.StepAt(axis.Mid(step)), step);  // Equal stamps: the last of them.
      ASSERT_EQ(axis.Begin(axis.StepAt(axis.Mid(step))), axis.Begin(step));
    }
  }
}

TEST(Axis, WithChosenColumnsALeftOutStepStandsWhereTheNextOneBegins) {
  const trace::Trace trace = ThreeEventsAtOneTime();
  const Axis axis = Axis::Columns(trace, {1, 4});
  EXPECT_EQ(axis.last(), 2);
  EXPECT_EQ(axis.Begin(1), 0);
  EXPECT_EQ(axis.Begin(2), 1);
  EXPECT_EQ(axis.Begin(4), 1);
  EXPECT_EQ(axis.Begin(5), 2);
  EXPECT_EQ(axis.StepAt(0.5), 1u);
  EXPECT_EQ(axis.StepAt(1.5), 4u);
}

TEST(Axis, WhatIsOpenAtTheEndGoesOnForTheTail) {
  const trace::Trace trace = ThreeEventsAtOneTime();
  const Axis axis = Axis::Columns(trace, {1, 4}, 3);
  EXPECT_EQ(axis.last(), 5);
  EXPECT_EQ(axis.Begin(trace.size()), 5);
  EXPECT_EQ(axis.Begin(trace.size() - 1), trace.size() - 1 <= 4 ? 1 : 2);
  EXPECT_EQ(axis.Mid(4), 1.5);
  EXPECT_EQ(axis.StepAt(4.5), 4u) << "there nothing happens any more";
}

class ViewportTest : public ::testing::Test {
 protected:
  ViewportTest() {
    viewport_.SetPixels(176, 1000);
    viewport_.SetLimits(axis_);
    viewport_.ShowAll();
  }
  trace::Trace trace_ = testing::FourClientsThreeWorkers();
  Axis axis_ = Axis::Time(trace_);
  Viewport viewport_;
};

TEST_F(ViewportTest, PixelsAndPositionsAreOneAnothersInverse) {
  for (float x = 176; x <= 1176; x += 12.5f) EXPECT_NEAR(viewport_.X(viewport_.At(x)), x, 0.01);
}

TEST_F(ViewportTest, ZoomKeepsWhatIsUnderTheMouse) {
  for (const float x : {300.0f, 676.0f, 1000.0f}) {
    viewport_.ShowAll();
    const double before = viewport_.At(x);
    for (int i = 0; i < 10; ++i) {
      viewport_.ZoomAround(x, 0.8);
      EXPECT_NEAR(viewport_.At(x), before, viewport_.span() * 1e-6);
    }
  }
}

TEST_F(ViewportTest, ZoomEndsAtTheLeastSpanAndAtTheWhole) {
  for (int i = 0; i < 200; ++i) viewport_.ZoomAround(600, 0.5);
  EXPECT_NEAR(viewport_.span(), axis_.min_span(), 1e-6);
  for (int i = 0; i < 200; ++i) viewport_.ZoomAround(600, 2);
  EXPECT_LE(viewport_.from(), axis_.first());
  EXPECT_GE(viewport_.to(), axis_.last());
  EXPECT_LT(viewport_.span(), (axis_.last() - axis_.first()) * 1.1);
}

TEST_F(ViewportTest, PanStopsAtTheRecordingsEnds) {
  viewport_.Show(1e6, 2e6, 0);
  viewport_.PanShare(-1000);
  EXPECT_GE(viewport_.from(), axis_.first() - 0.05 * viewport_.span());
  viewport_.PanShare(1000);
  EXPECT_LE(viewport_.to(), axis_.last() + 0.05 * viewport_.span());
  EXPECT_NEAR(viewport_.span(), 1e6, 1);
}

TEST_F(ViewportTest, RevealMovesOnlyWhenItMust) {
  viewport_.Show(10e6, 20e6, 0);
  viewport_.Reveal(15e6);
  EXPECT_NEAR(viewport_.from(), 10e6, 1);
  viewport_.Reveal(40e6);
  EXPECT_TRUE(viewport_.Sees(40e6, 40e6));
  EXPECT_NEAR(viewport_.span(), 10e6, 1);
}

}  // namespace
}  // namespace lockscope::viewer
