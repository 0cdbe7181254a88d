#include "tests/support/every_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "core/sched/controlled_runtime.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "tests/support/record_breaches.h"

namespace lockscope::testing {
namespace {

using sched::Option;
using ::testing::ElementsAre;

constexpr uint32_t kNeither = 2;

// One run of the threads a and b with so many steps each, which nobody but the strategy orders: "aabab".
std::string Run(sched::Strategy& strategy, int steps) {
  std::array<int, 2> left = {steps, steps};
  uint32_t running = kNeither;
  std::string order;
  while (left[0] + left[1] > 0) {
    std::vector<Option> options;
    for (uint32_t thread = 0; thread < 2; ++thread) {
      if (left[thread] > 0) options.push_back({Option::Kind::kRun, thread});
    }
    running = options[strategy.Choose({std::span<const Option>(options), {}, running})].thread;
    --left[running];
    order += running == 0 ? 'a' : 'b';
  }
  return order;
}

std::vector<std::string> AllOrders(int steps, int max_interruptions) {
  EveryOrder strategy(max_interruptions);
  std::vector<std::string> orders;
  do {
    orders.push_back(Run(strategy, steps));
  } while (strategy.Next());
  return orders;
}

// How often a thread was left that had steps to go.
int Interruptions(const std::string& order) {
  int interruptions = 0;
  for (size_t i = 1; i < order.size(); ++i) {
    if (order[i] != order[i - 1] && order.find(order[i - 1], i) != std::string::npos) ++interruptions;
  }
  return interruptions;
}

TEST(EveryOrderTest, TakesEachOrderOnce) {
  EXPECT_THAT(AllOrders(1, EveryOrder::kUnlimited), ElementsAre("ab", "ba"));
  const std::vector<std::string> orders = AllOrders(5, EveryOrder::kUnlimited);
  EXPECT_EQ(orders.size(), 252u) << "10 over 5";
  EXPECT_EQ(std::set<std::string>(orders.begin(), orders.end()).size(), 252u);
}

TEST(EveryOrderTest, WithALimitTakesThoseThatInterruptNoMoreOften) {
  const std::vector<std::string> all = AllOrders(5, EveryOrder::kUnlimited);
  for (int limit = 0; limit < 10; ++limit) {
    std::set<std::string> expected(all.begin(), all.end());
    std::erase_if(expected, [&](const std::string& order) { return Interruptions(order) > limit; });
    const std::vector<std::string> orders = AllOrders(5, limit);
    EXPECT_EQ(orders.size(), expected.size()) << limit;
    EXPECT_EQ(std::set<std::string>(orders.begin(), orders.end()), expected) << limit;
  }
}

// Two threads, two locks, taken in opposite order: it needs one interruption for a deadlock.
int Deadlocks(int max_interruptions) {
  EveryOrder strategy(max_interruptions);
  int deadlocks = 0;
  do {
    sched::ControlledRuntime runtime(strategy, {});
    const sched::RunEnd end = runtime.Run("first", sync::Role::kNone, [] {
      static constexpr sync::LockClass kOuter{"outer", 1};
      static constexpr sync::LockClass kInner{"inner", 2};
      sync::Mutex one(kOuter, "one");
      sync::Mutex other(kInner, "other");
      const auto both = [](sync::Mutex& first, sync::Mutex& second) LS_NO_THREAD_SAFETY_ANALYSIS {
        first.lock();
        second.lock();
        second.unlock();
        first.unlock();
      };
      sync::Thread thread("second", sync::Role::kNone, [&] { both(one, other); });
      both(other, one);
      thread.Join();
    });
    deadlocks += end == sched::RunEnd::kStuck ? 1 : 0;
  } while (strategy.Next());
  return deadlocks;
}

TEST(EveryOrderTest, FindsADeadlockThatNeedsOneInterruption) {
  const RecordBreaches record;
  EXPECT_EQ(Deadlocks(0), 0);
  EXPECT_GT(Deadlocks(1), 0);
}

}  // namespace
}  // namespace lockscope::testing
