#include "core/base/clock.h"

#include <gtest/gtest.h>

#include <limits>

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

TEST(ClockTest, ATimeFromNowIsLaterByThatAndNeverOverflows) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t before_ns = MonotonicNs();
  const timespec at = MonotonicAfter(5 * kSecond + 7);
  const int64_t at_ns = at.tv_sec * kSecond + at.tv_nsec;
  EXPECT_GE(at_ns, before_ns + 5 * kSecond + 7);
  EXPECT_LE(at_ns, MonotonicNs() + 5 * kSecond + 7);
  const timespec last = MonotonicAfter(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(last.tv_sec, std::numeric_limits<int64_t>::max() / kSecond);
  EXPECT_EQ(last.tv_nsec, std::numeric_limits<int64_t>::max() % kSecond);
}

}  // namespace
}  // namespace lockscope
