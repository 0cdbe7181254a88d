#include "core/base/check.h"

#include <gtest/gtest.h>

namespace lockscope {
namespace {

TEST(CheckTest, PassesInSilenceWhenTheConditionHolds) { LS_CHECK(1 + 1 == 2, "arithmetic of {}", "integers"); }

TEST(CheckDeathTest, NamesConditionMessageAndPlace) {
  EXPECT_DEATH(LS_CHECK(1 > 2, "one is not above {}", 2), "check_test.cc:[0-9]+: 1 > 2: one is not above 2");
}

TEST(CheckDeathTest, NeedsNoMessage) { EXPECT_DEATH(LS_CHECK(false), "check failed at .*check_test.cc:[0-9]+: false"); }

}  // namespace
}  // namespace lockscope
