#include "core/trace/event_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace lockscope::trace {
namespace {

using Log = TraceParts::ThreadEvents;
using ::testing::HasSubstr;

Event Acquired(uint64_t ticks, ObjectId lock, uint32_t sequence) {
  return Event::Make(ticks, EventKind::kLockAcquired, lock, sequence, 0);
}
Event Released(uint64_t ticks, ObjectId lock, uint32_t sequence) {
  return Event::Make(ticks, EventKind::kLockReleased, lock, sequence, 0);
}
Event Other(uint64_t ticks) { return Event::Make(ticks, EventKind::kPollEntered, 0, 0, 0); }

struct Ordered {
  std::vector<std::pair<uint32_t, Event>> events;
  Result<OrderProof> proof;
};
Ordered Order(const std::vector<Log>& logs) {
  Ordered ordered;
  ordered.proof = PutInOrder(logs, [&](uint32_t log, const Event& event) { ordered.events.emplace_back(log, event); });
  return ordered;
}

TEST(EventOrderTest, TimeDecidesWhereNoLockDoes) {
  const Ordered ordered = Order({{1, {Other(10), Other(40)}}, {2, {Other(20), Other(30)}}});
  ASSERT_TRUE(ordered.proof);
  std::vector<uint64_t> ticks;
  for (const auto& [log, event] : ordered.events) ticks.push_back(event.ticks());
  EXPECT_EQ(ticks, (std::vector<uint64_t>{10, 20, 30, 40}));
}

TEST(EventOrderTest, ALocksHoldsFollowOneAnotherThoughTheClocksContradict) {
  // The second core's clock is 7 ticks behind: its acquisition is stamped before the release that made it possible.
  const Ordered ordered = Order({{1, {Acquired(10, 5, 1), Released(20, 5, 1)}}, {2, {Acquired(13, 5, 2), Released(15, 5, 2)}}});
  ASSERT_TRUE(ordered.proof);
  ASSERT_EQ(ordered.events.size(), 4u);
  EXPECT_EQ(ordered.events[1].second, Released(20, 5, 1));
  EXPECT_EQ(ordered.events[2].second, Acquired(13, 5, 2));
  EXPECT_EQ(ordered.proof->clock_error_ticks, 7u);
  EXPECT_EQ(ordered.proof->holds, 1u);
}

TEST(EventOrderTest, AThreadsOwnOrderStandsThoughItsClockRunsBackwards) {
  const Ordered ordered = Order({{1, {Other(30), Other(25)}}, {2, {Other(27)}}});
  ASSERT_TRUE(ordered.proof);
  EXPECT_EQ(ordered.events[0].second.ticks(), 27u);
  EXPECT_EQ(ordered.events[1].second.ticks(), 30u);
  EXPECT_EQ(ordered.events[2].second.ticks(), 25u);
}

TEST(EventOrderTest, AHoldThatNeverEndsHoldsNobodyBack) {
  // The release of the first hold was dropped.
  const Ordered ordered = Order({{1, {Acquired(10, 5, 1), Other(50)}}, {2, {Acquired(20, 5, 2)}}});
  ASSERT_TRUE(ordered.proof);
  EXPECT_EQ(ordered.events.size(), 3u);
}

TEST(EventOrderTest, GapsInTheNumbersAreNoError) {
  const Ordered ordered = Order({{1, {Acquired(10, 5, 1), Released(11, 5, 1)}}, {2, {Acquired(20, 5, 9), Released(21, 5, 9)}}});
  ASSERT_TRUE(ordered.proof);
  EXPECT_EQ(ordered.events.size(), 4u);
}

TEST(EventOrderTest, ARepeatedNumberIsAnError) {
  const Ordered ordered = Order({{1, {Acquired(10, 5, 1)}}, {2, {Acquired(20, 5, 1)}}});
  ASSERT_FALSE(ordered.proof);
  EXPECT_THAT(ordered.proof.error().message, HasSubstr("lock 5 is acquired twice with the sequence number 1"));
}

TEST(EventOrderTest, LogsThatContradictTheLocksAreAnErrorNotAHang) {
  // Thread 1 had lock 5 after thread 2, and lock 6 before it; thread 2 says the opposite.
  const Ordered ordered = Order({{1, {Acquired(1, 5, 2), Released(2, 5, 2), Acquired(3, 6, 1), Released(4, 6, 1)}},
                                 {2, {Acquired(1, 6, 2), Released(2, 6, 2), Acquired(3, 5, 1), Released(4, 5, 1)}}});
  ASSERT_FALSE(ordered.proof);
  EXPECT_THAT(ordered.proof.error().message, HasSubstr("cannot come after"));
}

// Runs of three locks made by a simulation whose true order is known; each thread's clock is off by a constant. The merge
// must give back an order in which no hold overlaps another of its lock, and each log stands in its own order.
TEST(EventOrderTest, NoTwoHoldsOverlapWhateverTheClocksSay) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Log> logs(4);
    std::vector<uint64_t> skew;
    for (ObjectId thread = 0; thread < 4; ++thread) {
      logs[thread].thread = thread + 1;
      skew.push_back(random() % 50);
    }
    std::map<ObjectId, std::pair<uint32_t, uint32_t>> held;  // Lock → thread, sequence.
    std::map<ObjectId, uint32_t> sequence;
    for (uint64_t now = 100; now < 2'000; now += 1 + random() % 10) {
      const auto thread = static_cast<uint32_t>(random() % 4);
      const auto lock = static_cast<ObjectId>(10 + random() % 3);
      if (held.contains(lock) && held[lock].first == thread) {
        logs[thread].events.push_back(Released(now + skew[thread], lock, held[lock].second));
        held.erase(lock);
      } else if (!held.contains(lock)) {
        held[lock] = {thread, ++sequence[lock]};
        logs[thread].events.push_back(Acquired(now + skew[thread], lock, sequence[lock]));
      }
    }
    const Ordered ordered = Order(logs);
    ASSERT_TRUE(ordered.proof) << "seed " << seed << ": " << ordered.proof.error().message;
    ASSERT_LE(ordered.proof->clock_error_ticks, 50u) << "seed " << seed;
    std::map<ObjectId, uint32_t> holder, last;
    std::vector<size_t> position(4);
    for (const auto& [log, event] : ordered.events) {
      ASSERT_EQ(event, logs[log].events[position[log]++]) << "seed " << seed;
      if (event.kind() == EventKind::kLockAcquired) {
        ASSERT_FALSE(holder.contains(event.object())) << "seed " << seed;
        ASSERT_EQ(event.arg(), last[event.object()] + 1) << "seed " << seed;
        holder[event.object()] = log;
        last[event.object()] = event.arg();
      } else {
        ASSERT_EQ(holder[event.object()], log) << "seed " << seed;
        holder.erase(event.object());
      }
    }
  }
}

}  // namespace
}  // namespace lockscope::trace
