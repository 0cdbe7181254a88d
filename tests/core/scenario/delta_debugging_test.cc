#include "core/scenario/delta_debugging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace lockscope::scenario {
namespace {

using ::testing::ElementsAre;
using Parts = std::vector<size_t>;

bool HasAll(const Parts& parts, const std::vector<size_t>& needed) {
  return std::ranges::all_of(needed, [&](size_t part) { return std::ranges::find(parts, part) != parts.end(); });
}

TEST(DeltaDebuggingTest, WhatIsLeftIsWhatItTakes) {
  const auto left = FewestThatFail(100, [](const Parts& parts) { return HasAll(parts, {3, 41, 97}); });
  EXPECT_THAT(left, ElementsAre(3, 41, 97));
}

TEST(DeltaDebuggingTest, EverySetOfThreePartsOfTwelveIsFound) {
  for (size_t a = 0; a < 12; ++a) {
    for (size_t b = a + 1; b < 12; ++b) {
      for (size_t c = b + 1; c < 12; ++c) {
        EXPECT_THAT(FewestThatFail(12,
                                   [&](const Parts& parts) {
                                     return HasAll(parts, {a, b, c});
                                   }),
                    ElementsAre(a, b, c));
      }
    }
  }
}

// Parts that need others: what is left cannot do without any one of its parts, whatever the rule.
TEST(DeltaDebuggingTest, WithoutAnyOnePartOfWhatIsLeftItDoesNotFail) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const auto fails = [seed](const Parts& parts) {
      if (!HasAll(parts, {static_cast<size_t>(seed % 30)})) return false;
      uint64_t sum = 0;
      for (const size_t part : parts) sum += part * seed % 7;
      return sum >= 20;
    };
    Parts all(30);
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    if (!fails(all)) continue;
    const Parts left = FewestThatFail(30, fails);
    EXPECT_TRUE(fails(left)) << "seed " << seed;
    EXPECT_TRUE(std::ranges::is_sorted(left));
    for (size_t i = 0; i < left.size(); ++i) {
      Parts fewer = left;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      EXPECT_FALSE(fails(fewer)) << "seed " << seed << " without " << left[i];
    }
  }
}

TEST(DeltaDebuggingTest, OnePartIsLeftWhereAnyWillDo) {
  EXPECT_EQ(FewestThatFail(17, [](const Parts&) { return true; }).size(), 1u);
}

TEST(DeltaDebuggingTest, AllIsLeftWhereEveryPartIsNeeded) {
  EXPECT_EQ(FewestThatFail(9, [](const Parts& parts) { return parts.size() == 9; }).size(), 9u);
}

TEST(DeltaDebuggingTest, ALimitLeavesWhatWasReachedByThen) {
  int asked = 0;
  const Parts left = FewestThatFail(64, [&](const Parts& parts) { return ++asked <= 3 && HasAll(parts, {5}); });
  EXPECT_TRUE(HasAll(left, {5}));
  EXPECT_LT(left.size(), 64u);
  EXPECT_GT(left.size(), 1u);
  EXPECT_LT(asked, 1'000);
}

}  // namespace
}  // namespace lockscope::scenario
