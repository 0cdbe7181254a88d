#include "core/analysis/interval_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/random_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(IntervalIndexTest, HasNothingWhenThereAreNoIntervals) {
  EXPECT_THAT(IntervalIndex().Containing(0), IsEmpty());
  EXPECT_THAT(IntervalIndex({}, {}).Containing(7), IsEmpty());
}

TEST(IntervalIndexTest, CountsTheBeginningInAndTheEndOut) {
  const IntervalIndex index({3}, {5});
  EXPECT_THAT(index.Containing(2), IsEmpty());
  EXPECT_THAT(index.Containing(3), ElementsAre(0));
  EXPECT_THAT(index.Containing(4), ElementsAre(0));
  EXPECT_THAT(index.Containing(5), IsEmpty());
}

TEST(IntervalIndexTest, FindsIntervalsThatOverlapWithoutNesting) {
  const IntervalIndex index({1, 2, 6}, {4, 8, IntervalIndex::kForever});
  EXPECT_THAT(index.Containing(3), ElementsAre(0, 1));
  EXPECT_THAT(index.Containing(5), ElementsAre(1));
  EXPECT_THAT(index.Containing(1000), ElementsAre(2));
}

TEST(IntervalIndexTest, AgreesWithALinearSearchOnRandomIntervals) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    testing::Random random(seed);
    std::vector<uint32_t> froms, tos;
    for (size_t i = random.Below(40); i > 0; --i) froms.push_back(static_cast<uint32_t>(random.Below(50)));
    std::sort(froms.begin(), froms.end());
    for (const uint32_t from : froms) {
      tos.push_back(random.OneIn(5) ? IntervalIndex::kForever : from + static_cast<uint32_t>(random.Below(20)));
    }
    const IntervalIndex index(froms, tos);
    for (uint32_t step = 0; step < 80; ++step) {
      std::vector<uint32_t> expected;
      for (uint32_t i = 0; i < froms.size(); ++i) {
        if (froms[i] <= step && step < tos[i]) expected.push_back(i);
      }
      ASSERT_EQ(index.Containing(step), expected) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace lockscope::analysis
