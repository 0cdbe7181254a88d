#include "core/sched/thread_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory_resource>
#include <vector>

namespace lockscope::sched {
namespace {

// Says when it goes, and cannot be moved.
struct Kept {
  Kept(uint32_t its_number, std::vector<uint32_t>& those_gone) : number(its_number), gone(those_gone) {}
  ~Kept() { gone.push_back(number); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  const uint32_t number;
  std::vector<uint32_t>& gone;
};

TEST(ThreadTableTest, ThreadsStayWhereTheyAreAndGoOnce) {
  for (const uint32_t count : {0u, 1u, 7u, 8u, 9u, 100u}) {
    std::vector<uint32_t> gone;
    std::vector<uint32_t> all;
    {
      ThreadTable<Kept> table(*std::pmr::new_delete_resource());
      std::vector<Kept*> places;
      for (uint32_t i = 0; i < count; ++i) {
        places.push_back(&table.Add(i, gone));
        all.push_back(i);
      }
      ASSERT_EQ(table.size(), count);
      for (uint32_t i = 0; i < count; ++i) {
        EXPECT_EQ(&table[i], places[i]);
        EXPECT_EQ(table[i].number, i);
      }
      EXPECT_THAT(gone, ::testing::IsEmpty());
    }
    EXPECT_THAT(gone, ::testing::UnorderedElementsAreArray(all));
  }
}

}  // namespace
}  // namespace lockscope::sched
