#include "core/sched/lock_queues.h"

#include <gtest/gtest.h>

#include <memory_resource>

#include "core/sync/mutex.h"

namespace lockscope::sched {
namespace {

constexpr uint64_t kMaxPassedOver = 3;

class LockQueuesTest : public ::testing::Test {
 protected:
  LockQueuesTest() { queues_.MakeRoom(5); }

  bool PassOver(const sync::Mutex& mutex) { return queues_.PassOver(*queues_.Find(mutex)); }

  const sync::Mutex one_{sync::kServerLock, "one"};
  const sync::Mutex two_{sync::kClientLock, "two"};
  LockQueues queues_{kMaxPassedOver, *std::pmr::new_delete_resource()};
};

TEST_F(LockQueuesTest, ThereIsAQueueAsLongAsSomebodyWaits) {
  EXPECT_TRUE(queues_.empty());
  EXPECT_EQ(queues_.Find(one_), nullptr);
  queues_.Join(one_, 2);
  queues_.Join(two_, 0);
  queues_.Join(one_, 4);
  ASSERT_NE(queues_.Find(one_), nullptr);
  EXPECT_EQ(queues_.Find(one_)->waiting().size(), 2u);
  EXPECT_TRUE(queues_.Find(one_)->waiting().Has(4));
  EXPECT_TRUE(queues_.Find(two_)->waiting().Has(0));
  queues_.Leave(one_, 2);
  EXPECT_FALSE(queues_.Find(one_)->waiting().Has(2));
  queues_.Leave(one_, 4);
  EXPECT_EQ(queues_.Find(one_), nullptr);
  ASSERT_NE(queues_.Find(two_), nullptr);
  queues_.Leave(two_, 0);
  EXPECT_TRUE(queues_.empty());
}

TEST_F(LockQueuesTest, NobodyIsPassedOverMoreOftenThanAllowed) {
  queues_.Join(one_, 0);
  for (uint64_t i = 0; i < kMaxPassedOver; ++i) EXPECT_TRUE(PassOver(one_));
  EXPECT_FALSE(PassOver(one_));
}

TEST_F(LockQueuesTest, EachIsCountedFromWhenItCame) {
  queues_.Join(one_, 0);
  EXPECT_TRUE(PassOver(one_));
  EXPECT_TRUE(PassOver(one_));
  queues_.Join(one_, 1);
  EXPECT_TRUE(PassOver(one_));
  queues_.Leave(one_, 0);  // Its turn, at last. The other one was passed over once.
  EXPECT_TRUE(PassOver(one_));
  EXPECT_TRUE(PassOver(one_));
  EXPECT_FALSE(PassOver(one_));
}

TEST_F(LockQueuesTest, ANewQueueKnowsNothingOfTheOneBefore) {
  queues_.Join(one_, 0);
  for (uint64_t i = 0; i < kMaxPassedOver; ++i) EXPECT_TRUE(PassOver(one_));
  queues_.Leave(one_, 0);
  queues_.Join(two_, 0);
  for (uint64_t i = 0; i < kMaxPassedOver; ++i) EXPECT_TRUE(PassOver(two_));
  EXPECT_FALSE(PassOver(two_));
}

TEST_F(LockQueuesTest, LocksAreCountedApart) {
  queues_.Join(one_, 0);
  queues_.Join(two_, 1);
  for (uint64_t i = 0; i < kMaxPassedOver; ++i) EXPECT_TRUE(PassOver(one_));
  EXPECT_TRUE(PassOver(two_));
  EXPECT_FALSE(PassOver(one_));
}

TEST_F(LockQueuesTest, ThreadsMayComeWhileOthersWait) {
  constexpr uint32_t kThreads = 150;
  queues_.Join(two_, 1);
  for (uint32_t thread = 2; thread < kThreads; ++thread) {
    queues_.MakeRoom(thread + 1);
    queues_.Join(one_, thread);
    if (thread % 50 == 0) {
      EXPECT_TRUE(PassOver(one_));
    }
  }
  EXPECT_EQ(queues_.Find(one_)->waiting().size(), kThreads - 2);
  EXPECT_EQ(queues_.Find(one_)->waiting().Nth(kThreads - 3), kThreads - 1);
  EXPECT_TRUE(PassOver(one_));
  for (uint32_t thread = 2; thread <= 50; ++thread) queues_.Leave(one_, thread);  // Those of the first pass.
  EXPECT_TRUE(PassOver(one_));
  EXPECT_FALSE(PassOver(one_)) << "thread 51 was there in the second";
}

}  // namespace
}  // namespace lockscope::sched
