// Many threads, many locks, as fast as they can: what comes out must be a proof of what happened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"

namespace lockscope::sync {
namespace {

using testing::NaiveComplaints;
using testing::RecordedRun;
using trace::EventKind;
using trace::Trace;

// One object with a lock and a number that it guards: the number proves the exclusion, independently of the trace.
struct Cell {
  explicit Cell(std::string name) : mutex(kClientLock, std::move(name)) {}
  Mutex mutex;
  uint32_t visits = 0;
};

// The holds overlap, or one nests in the other. Without the exemption: "mutex 'server' is not held on every path …".
void Visit(Mutex& server, Cell& cell, bool overlap) LS_NO_THREAD_SAFETY_ANALYSIS {
  server.lock();
  cell.mutex.lock();
  if (overlap) server.unlock();
  ++cell.visits;
  cell.mutex.unlock();
  if (!overlap) server.unlock();
}

class LockStressTest : public ::testing::TestWithParam<int> {};

TEST_P(LockStressTest, HoldsNeverOverlapAndNoSequenceNumberIsMissing) {
  constexpr int kThreads = 6;
  constexpr int kRounds = 4'000;
  const int cells = GetParam();
  RecordedRun run;
  Mutex server(kServerLock, "server");
  std::vector<std::unique_ptr<Cell>> all;
  for (int i = 0; i < cells; ++i) all.push_back(std::make_unique<Cell>("client-" + std::to_string(i)));
  std::vector<std::unique_ptr<Thread>> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.push_back(std::make_unique<Thread>("thread-" + std::to_string(t), Role::kNone, [&, t] {
      for (int round = 0; round < kRounds; ++round) {
        Cell& cell = *all[static_cast<size_t>((round * 7 + t) % cells)];
        Visit(server, cell, round % 2 == 0);
      }
    }));
  }
  for (const auto& thread : threads) thread->Join();
  const Trace trace = run.Finish();
  EXPECT_THAT(NaiveComplaints(trace), ::testing::IsEmpty());

  std::map<std::string, uint32_t, std::less<>> acquisitions;
  for (const trace::Event& event : trace.events()) {
    if (event.kind() == EventKind::kLockAcquired) ++acquisitions[std::string(trace.Name(event.object()))];
  }
  EXPECT_EQ(acquisitions["server"], static_cast<uint32_t>(kThreads * kRounds));
  for (const auto& cell : all) EXPECT_EQ(acquisitions[cell->mutex.name()], cell->visits) << cell->mutex.name();
  // The first hold of each lock has none before it.
  EXPECT_EQ(trace.proven_holds(), 2u * kThreads * kRounds - 1 - static_cast<size_t>(cells));
}

INSTANTIATE_TEST_SUITE_P(Cells, LockStressTest, ::testing::Values(1, 2, 16),
                         [](const auto& test) { return std::to_string(test.param); });

}  // namespace
}  // namespace lockscope::sync
