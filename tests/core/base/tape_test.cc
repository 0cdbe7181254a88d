#include "core/base/tape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace lockscope {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

TEST(TapeTest, KeepsAllInOrderHoweverManyThereAre) {
  Tape<int> tape;
  EXPECT_THAT(tape.values(), IsEmpty());
  std::vector<int> expected(10'000);
  std::iota(expected.begin(), expected.end(), 0);
  for (const int value : expected) tape.Append(value);
  EXPECT_EQ(tape.size(), expected.size());
  EXPECT_THAT(tape.values(), ElementsAreArray(expected));
}

TEST(TapeTest, BeginsAnewInTheSameMemory) {
  Tape<int> tape;
  tape.Clear();
  for (int i = 0; i < 300; ++i) tape.Append(i);
  const int* const before = tape.values().data();
  tape.Clear();
  EXPECT_THAT(tape.values(), IsEmpty());
  tape.Append(7);
  tape.Append(8);
  EXPECT_THAT(tape.values(), ElementsAre(7, 8));
  EXPECT_EQ(tape.values().data(), before);
}

TEST(TapeTest, GrowsOutOfItself) {
  Tape<int, 3> tape;
  EXPECT_THAT(tape.values(), IsEmpty());
  for (int i = 0; i < 3; ++i) tape.Append(i);
  EXPECT_THAT(tape.values(), ElementsAre(0, 1, 2));
  tape.Clear();
  for (int i = 10; i < 17; ++i) tape.Append(i);
  EXPECT_THAT(tape.values(), ElementsAre(10, 11, 12, 13, 14, 15, 16));
}

TEST(TapeTest, AppendsOnlyWhatIsWanted) {
  Tape<int> tape;
  std::vector<int> expected;
  for (int i = 0; i < 2'000; ++i) {
    tape.AppendIf(i % 3 != 0, i);
    if (i % 3 != 0) expected.push_back(i);
  }
  EXPECT_THAT(tape.values(), ElementsAreArray(expected));
}

}  // namespace
}  // namespace lockscope
