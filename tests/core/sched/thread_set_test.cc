#include "core/sched/thread_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace lockscope::sched {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

std::vector<uint32_t> InOrder(const ThreadSet& set) {
  std::vector<uint32_t> threads;
  for (uint32_t k = 0; k < set.size(); ++k) threads.push_back(set.Nth(k));
  return threads;
}

TEST(ThreadSetTest, KnowsWhoIsInItInOrderOfCreation) {
  ThreadSet set;
  set.MakeRoom(5);
  EXPECT_TRUE(set.empty());
  for (const uint32_t thread : {4, 0, 2}) set.Set(thread, true);
  set.Set(2, true);
  EXPECT_THAT(InOrder(set), ElementsAre(0, 2, 4));
  EXPECT_TRUE(set.Has(2));
  EXPECT_FALSE(set.Has(3));
  set.Set(0, false);
  set.Set(1, false);
  EXPECT_THAT(InOrder(set), ElementsAre(2, 4));
}

TEST(ThreadSetTest, KeepsThemAsThreadsAreCreated) {
  ThreadSet set;
  for (uint32_t count = 1; count <= 200; ++count) {
    set.MakeRoom(count);
    set.Set(count - 1, true);
  }
  EXPECT_EQ(set.size(), 200u);
  EXPECT_EQ(set.Nth(0), 0u);
  EXPECT_EQ(set.Nth(63), 63u);
  EXPECT_EQ(set.Nth(64), 64u);
  EXPECT_EQ(set.Nth(199), 199u);
}

// Against std::set, with as many threads as fit a byte, a word, and no word.
class ThreadSetSizesTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(ThreadSetSizesTest, IsASet) {
  const uint32_t threads = GetParam();
  std::mt19937 random(threads);
  const auto any = [&] { return static_cast<uint32_t>(random()) % threads; };
  ThreadSet set;
  ThreadSet other;
  set.MakeRoom(threads);
  other.MakeRoom(threads);
  std::set<uint32_t> expected;
  for (int step = 0; step < 2'000; ++step) {
    if (random() % 8 == 0) {
      const bool in_it = random() % 2 == 0;
      std::set<uint32_t> others;
      while (other.size() > 0) other.Set(other.Nth(0), false);
      for (uint32_t i = any(); i > 0; --i) others.insert(any());
      for (const uint32_t thread : others) other.Set(thread, true);
      set.SetAll(other, in_it);
      for (const uint32_t thread : others) in_it ? void(expected.insert(thread)) : void(expected.erase(thread));
    } else {
      const uint32_t thread = any();
      const bool in_it = random() % 2 == 0;
      if (in_it == set.Has(thread) || random() % 2 == 0) {
        set.Set(thread, in_it);
      } else {
        in_it ? set.Add(thread) : set.Remove(thread);
      }
      in_it ? void(expected.insert(thread)) : void(expected.erase(thread));
      ASSERT_EQ(set.Has(thread), in_it);
    }
    ASSERT_THAT(InOrder(set), ElementsAreArray(expected));
  }
}

INSTANTIATE_TEST_SUITE_P(OfThreads, ThreadSetSizesTest, ::testing::Values(1, 5, 8, 9, 63, 64, 65, 128, 300));

}  // namespace
}  // namespace lockscope::sched
