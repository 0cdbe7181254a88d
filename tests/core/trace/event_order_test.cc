#include "core/trace/event_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
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
// A few at a time, so that runs are cut, too.
Ordered Order(const std::vector<Log>& logs, size_t at_once = 3) {
  Ordered ordered;
  Result<EventOrder> order = EventOrder::Of(logs);
  if (!order) {
    ordered.proof = tl::make_unexpected(order.error());
    return ordered;
  }
  HoldProof proof(100);
  std::vector<Event> events(at_once);
  std::vector<uint32_t> indices(at_once);
  for (;;) {
    const Result<size_t> got = order->Next(events, indices);
    const Result<void> proved =
        got ? proof.Add(std::span(events).first(*got), std::span(indices).first(*got)) : Result<void>();
    if (!got || !proved) {
      ordered.proof = tl::make_unexpected(got ? proved.error() : got.error());
      return ordered;
    }
    for (size_t i = 0; i < *got; ++i) ordered.events.emplace_back(indices[i], events[i]);
    if (*got < at_once) break;
  }
  ordered.proof = proof.proof();
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
  const Ordered ordered =
      Order({{1, {Acquired(10, 5, 1), Released(20, 5, 1)}}, {2, {Acquired(13, 5, 2), Released(15, 5, 2)}}});
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
  const Ordered ordered =
      Order({{1, {Acquired(10, 5, 1), Released(11, 5, 1)}}, {2, {Acquired(20, 5, 9), Released(21, 5, 9)}}});
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

// Runs of three locks made by a simulation whose true order is known; each thread's clock is off by a constant.
// `lost_in`: of so many events one is lost; 0: none.
std::vector<Log> Simulate(std::mt19937_64& random, uint64_t lost_in) {
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
    const auto record = [&](const Event& event) {
      if (lost_in == 0 || random() % lost_in != 0) logs[thread].events.push_back(event);
    };
    if (held.contains(lock) && held[lock].first == thread) {
      record(Released(now + skew[thread], lock, held[lock].second));
      held.erase(lock);
    } else if (!held.contains(lock)) {
      held[lock] = {thread, ++sequence[lock]};
      record(Acquired(now + skew[thread], lock, sequence[lock]));
    } else if (random() % 4 == 0) {
      record(Other(now + skew[thread]));
    }
  }
  return logs;
}

// The merge must give back an order in which no hold overlaps another of its lock, and each log stands in its own order.
TEST(EventOrderTest, NoTwoHoldsOverlapWhateverTheClocksSay) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<Log> logs = Simulate(random, 0);
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
      } else if (event.kind() == EventKind::kLockReleased) {
        ASSERT_EQ(holder[event.object()], log) << "seed " << seed;
        holder.erase(event.object());
      }
    }
    for (size_t log = 0; log < 4; ++log) ASSERT_EQ(position[log], logs[log].events.size()) << "seed " << seed;
  }
}

// What the merge should do, said as plainly as it can be: of all logs whose next event may happen, the one that has shown
// the earliest time goes on. An acquisition may happen when the one before it (by number) has, and so has its release,
// if the logs have that.
std::vector<std::pair<uint32_t, Event>> OrderNaively(const std::vector<Log>& logs) {
  struct Hold {
    bool begun = false, has_release = false, released = false;
  };
  std::map<ObjectId, std::map<uint32_t, Hold>> holds;
  for (const Log& log : logs) {
    for (size_t i = 0; i < log.events.size(); ++i) {
      const Event& event = log.events[i];
      if (event.kind() != EventKind::kLockAcquired) continue;
      Hold& hold = holds[event.object()][event.arg()];
      for (size_t j = i + 1; j < log.events.size(); ++j) {
        const Event& later = log.events[j];
        hold.has_release |=
            later.kind() == EventKind::kLockReleased && later.object() == event.object() && later.arg() == event.arg();
      }
    }
  }
  const auto may_happen = [&holds](const Event& event) {
    if (event.kind() != EventKind::kLockAcquired) return true;
    const auto& of_lock = holds[event.object()];
    const auto self = of_lock.find(event.arg());
    if (self == of_lock.begin()) return true;
    const Hold& before = std::prev(self)->second;
    return before.begun && (before.released || !before.has_release);
  };
  std::vector<size_t> position(logs.size());
  std::vector<uint64_t> reached(logs.size());
  std::vector<std::pair<uint32_t, Event>> order;
  for (;;) {
    std::optional<uint32_t> next;
    for (uint32_t log = 0; log < logs.size(); ++log) {
      if (position[log] == logs[log].events.size()) continue;
      const Event& event = logs[log].events[position[log]];
      reached[log] = std::max(reached[log], event.ticks());
      if (may_happen(event) && (!next || reached[log] < reached[*next])) next = log;
    }
    if (!next) return order;
    const Event& event = logs[*next].events[position[*next]++];
    order.emplace_back(*next, event);
    if (event.kind() == EventKind::kLockAcquired) holds[event.object()][event.arg()].begun = true;
    if (event.kind() != EventKind::kLockReleased) continue;
    const auto hold = holds[event.object()].find(event.arg());
    if (hold != holds[event.object()].end()) hold->second.released = true;
  }
}

TEST(EventOrderTest, IsWhatThePlainestMergeGivesWhateverIsLost) {
  uint64_t missing = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<Log> logs = Simulate(random, seed % 3 == 0 ? 0 : 2 + seed % 20);
    const Ordered ordered = Order(logs, 1 + seed % 70);
    ASSERT_TRUE(ordered.proof) << "seed " << seed << ": " << ordered.proof.error().message;
    ASSERT_EQ(ordered.events, OrderNaively(logs)) << "seed " << seed;
    missing += ordered.proof->missing;
  }
  EXPECT_GT(missing, 0u);
}

}  // namespace
}  // namespace lockscope::trace
