// Each client gets its turn: the places alone, held against what they promise; and scans of real workers over real clients,
// some of which always have a call on dx.
#include "core/daemon/round_robin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/daemon/bugs/catalog.h"
#include "core/daemon/parts.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/core/daemon/loopless_pool.h"
#include "tests/support/controlled_record.h"
#include "tests/support/random_trace.h"

namespace lockscope::daemon {
namespace {

using ::testing::Each;
using trace::EventKind;
using trace::Trace;

constexpr int kQuantum = RoundRobin::kQuantum;

// ---- The places alone.

// Where the next so many scans find a call, when every client has one.
std::vector<size_t> Places(RoundRobin& turn, size_t clients, int scans) {
  std::vector<size_t> places;
  for (int i = 0; i < scans; ++i) {
    turn.Begin(clients);
    places.push_back(turn.place());
    turn.Take();
  }
  return places;
}

// So many places in a row, each a quantum long, from the first.
std::vector<size_t> QuantumOfEach(const std::vector<size_t>& places) {
  std::vector<size_t> all;
  for (const size_t place : places) all.insert(all.end(), kQuantum, place);
  return all;
}

TEST(RoundRobinTest, EachGetsAQuantumAndAfterTheLastComesTheFirst) {
  RoundRobin turn;
  EXPECT_EQ(Places(turn, 3, 5 * kQuantum), QuantumOfEach({0, 1, 2, 0, 1}));
}

TEST(RoundRobinTest, WhoIsAloneIsServedOnAndOn) {
  RoundRobin turn;
  EXPECT_THAT(Places(turn, 1, 3 * kQuantum), Each(0u));
}

TEST(RoundRobinTest, WhoHasNothingIsPassedOverAndHasTheWholeQuantumNextTime) {
  RoundRobin turn;
  Places(turn, 2, kQuantum - 1);
  turn.Begin(2);
  EXPECT_EQ(turn.place(), 0u) << "one is left";
  turn.Pass(2);
  EXPECT_EQ(turn.place(), 1u);
  turn.Pass(2);
  EXPECT_EQ(Places(turn, 2, 2 * kQuantum), QuantumOfEach({0, 1}));
}

TEST(RoundRobinTest, AListThatHasBecomeShorterIsBegunAgain) {
  RoundRobin turn;
  Places(turn, 4, 3 * kQuantum + 1);
  turn.Begin(4);
  EXPECT_EQ(turn.place(), 3u);
  turn.Begin(2);
  EXPECT_EQ(turn.place(), 0u);
  RoundRobin last;
  Places(last, 3, 3 * kQuantum);  // The last one's turn is over, too.
  last.Begin(1);
  EXPECT_EQ(last.place(), 0u);
}

TEST(RoundRobinTest, WhoIsNewComesAfterTheLast) {
  RoundRobin turn;
  Places(turn, 2, 2 * kQuantum);
  EXPECT_EQ(Places(turn, 3, 2 * kQuantum), QuantumOfEach({2, 0}));
}

TEST(RoundRobinTest, WhoLeavesTakesNobodysTurnAway) {
  RoundRobin turn;
  Places(turn, 4, 2 * kQuantum + 2);  // The third has had two.
  turn.Leave(0);
  EXPECT_EQ(Places(turn, 3, kQuantum - 2), std::vector<size_t>(kQuantum - 2, 1)) << "it has moved up, and has the rest";
  EXPECT_EQ(Places(turn, 3, 1), std::vector<size_t>{2});
  turn.Leave(2);  // Whose turn it is.
  EXPECT_EQ(Places(turn, 2, 2 * kQuantum), QuantumOfEach({0, 1}));
  Places(turn, 2, 1);
  turn.Leave(1);  // Who comes later.
  EXPECT_EQ(Places(turn, 1, 1), std::vector<size_t>{0});
}

// Calls come as they like, but most of the time there are some. For how many calls of others somebody has waited, at most.
int LongestWaitOfMany(size_t clients, uint64_t seed) {
  testing::Random random(seed);
  RoundRobin turn;
  std::vector<bool> has_call(clients);
  std::vector<int> others_taken(clients);
  int longest = 0;
  for (int scan = 0; scan < 20'000; ++scan) {
    for (size_t i = 0; i < clients; ++i) {
      if (has_call[i] || random.OneIn(8)) continue;
      has_call[i] = true;
      others_taken[i] = 0;
    }
    turn.Begin(clients);
    for (size_t left = clients; left > 0; --left) {
      if (has_call[turn.place()]) break;
      turn.Pass(clients);
    }
    if (!has_call[turn.place()]) continue;
    turn.Take();
    has_call[turn.place()] = false;
    for (size_t i = 0; i < clients; ++i) {
      if (has_call[i]) longest = std::max(longest, ++others_taken[i]);
    }
  }
  return longest;
}

TEST(RoundRobinTest, NobodyWaitsForMoreThanAQuantumOfEachOtherAndSomebodyForAsMany) {
  for (size_t clients = 1; clients <= 4; ++clients) {
    int longest = 0;
    for (uint64_t seed = 1; seed <= 10; ++seed) longest = std::max(longest, LongestWaitOfMany(clients, seed));
    EXPECT_EQ(longest, static_cast<int>(clients - 1) * kQuantum) << clients << " clients";
  }
}

// ---- Scans.

constexpr int64_t kCallNs = 1'000'000;

class SlowDriver final : public Driver {
 public:
  DriverResult<std::string> Hostname() override LS_DRIVER_CALL {
    sync::SleepFor(kCallNs);  // Virtual time.
    return "slow";
  }
};

struct Shape {
  int workers = 1;
  int clients = 2;
  int busy = 1;   // So many always have a call on dx …
  int first = 0;  // … from this one on, and around. The others have one now and then.
};

Trace RunBusyPool(const Shape& shape, uint64_t seed,
                  const LooplessPool::MakeWorker& make_worker = LooplessPool::MakeCorrectWorker) {
  constexpr int kRounds = 60;
  const std::unique_ptr<sched::Strategy> strategy = sched::MakeSeeded(seed);
  testing::ControlledRecord record = testing::RecordControlled(
      *strategy,
      [&](sched::ControlledRuntime&) {
        sync::AssertNothingHeld();
        SlowDriver driver;
        LooplessPool pool(driver, shape.workers, shape.clients, make_worker);
        for (int round = 0; round < kRounds; ++round) {
          for (int i = 0; i < shape.clients; ++i) {
            const int client = (shape.first + i) % shape.clients;
            // A busy one has one more than all workers can make until the next round.
            int calls = i < shape.busy ? shape.workers + 1 : 0;
            if (i >= shape.busy && round % 3 == 0) calls = 1;
            for (; calls > 0; --calls) pool.Push(client);
          }
          sync::SleepFor(kCallNs);
        }
        pool.End();
      },
      {}, sync::Role::kEventLoop);
  EXPECT_EQ(record.end, sched::RunEnd::kFinished);
  return std::move(record.trace);
}

// For how many calls of others the first call on some dx had to wait, at most.
int LongestWait(const Trace& trace) {
  struct Dx {
    int jobs = 0;
    int others_taken = 0;
  };
  std::map<ObjectId, Dx> queues;
  int longest = 0;
  for (size_t step = 0; step < trace.size(); ++step) {
    const trace::Event& event = trace.event(step);
    if (event.kind() == EventKind::kJobQueued) {
      Dx& dx = queues[event.object()];
      if (dx.jobs++ == 0) dx.others_taken = 0;
    }
    if (event.kind() != EventKind::kJobTaken) continue;
    for (auto& [client, dx] : queues) {
      if (client == event.object()) {
        --dx.jobs;
        dx.others_taken = 0;
      } else if (dx.jobs > 0) {
        longest = std::max(longest, ++dx.others_taken);
      }
    }
  }
  return longest;
}

// A scan has chosen before it is on record that it takes the call: with several workers, others' scans meanwhile count, too.
int LongestAllowed(const Shape& shape) { return (shape.clients - 1) * kQuantum + shape.workers - 1; }

class RoundRobinScanTest : public ::testing::TestWithParam<Shape> {};

TEST_P(RoundRobinScanTest, NobodyWaitsForMoreThanAQuantumOfEachOther) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    ASSERT_LE(LongestWait(RunBusyPool(GetParam(), seed)), LongestAllowed(GetParam())) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RoundRobinScanTest,
                         ::testing::Values(Shape{}, Shape{.first = 1}, Shape{.clients = 3},
                                           Shape{.clients = 3, .busy = 2}, Shape{.clients = 4, .busy = 2, .first = 3},
                                           Shape{.workers = 2, .clients = 3, .busy = 2},
                                           Shape{.workers = 3, .clients = 2}),
                         [](const auto& test) {
                           return fmt::format("{}Workers{}Clients{}BusyFrom{}", test.param.workers, test.param.clients,
                                              test.param.busy, test.param.first);
                         });

// The proof that this can be seen to fail: the bug on purpose.
TEST(ScanFromTheOldestTest, TheOthersWaitUnderEverySeed) {
  Parts parts;
  FindBug("oldest-client-first")->install(parts);
  const auto make_worker = [&](std::string name, SharedState& shared, const std::vector<sync::Mutex*>&) {
    return parts.worker(std::move(name), shared);
  };
  const Shape shape{.clients = 3};
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    EXPECT_GT(LongestWait(RunBusyPool(shape, seed, make_worker)), 2 * LongestAllowed(shape)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lockscope::daemon
