#include "core/base/clock.h"

#include <gtest/gtest.h>

namespace lockscope {
namespace {

TEST(ClockTest, TicksOfOneThreadNeverRunBackwards) {
  uint64_t last = ReadTicks();
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t now = ReadTicks();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(ClockTest, RateIsTakenFromTheTwoReadings) {
  if (!TicksAreTsc()) GTEST_SKIP() << "a tick is a nanosecond here";
  EXPECT_EQ(TicksPerSecond({1'000, 0}, {2'600'001'000, 1'000'000'000}, 7), 2'600'000'000u);
}

TEST(ClockTest, ReadingsTooNearToTellGiveTheFallback) {
  if (!TicksAreTsc()) GTEST_SKIP() << "a tick is a nanosecond here";
  EXPECT_EQ(TicksPerSecond({1'000, 0}, {2'000, 99'999}, 7), 7u);
}

TEST(ClockTest, RateDoesNotOverflowAfterAYear) {
  if (!TicksAreTsc()) GTEST_SKIP() << "a tick is a nanosecond here";
  constexpr uint64_t kYear = 365ull * 24 * 3600;
  EXPECT_EQ(TicksPerSecond({0, 0}, {kYear * 3'000'000'000, static_cast<int64_t>(kYear * 1'000'000'000)}, 7),
            3'000'000'000u);
}

TEST(ClockTest, EstimateIsTheSameEachTime) { EXPECT_EQ(EstimatedTicksPerSecond(), EstimatedTicksPerSecond()); }

}  // namespace
}  // namespace lockscope
