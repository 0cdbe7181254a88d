#include "viewer/model/halving.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockscope::viewer {
namespace {

// In stairs, as heights are.
constexpr auto kStairs = [](float x) { return std::floor(10 * x) / 10; };

TEST(LargestThatFitsTest, IsTheMostWhereThatFits) {
  EXPECT_EQ(LargestThatFits(0, 1, 6, kStairs, [](float made) { return made <= 5; }), 1);
}

TEST(LargestThatFitsTest, IsTheLeastWhereNothingFits) {
  EXPECT_EQ(LargestThatFits(0, 1, 6, kStairs, [](float made) { return made < 0; }), 0);
}

TEST(LargestThatFitsTest, ComesNearToWhatJustFits) {
  EXPECT_FLOAT_EQ(LargestThatFits(0, 1, 8, kStairs, [](float made) { return made < 0.65f; }), 0.6f);
}

}  // namespace
}  // namespace lockscope::viewer
