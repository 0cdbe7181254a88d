#include "core/analysis/contention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trace/trace_builder.h"
#include "tests/support/random_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using trace::Trace;

TEST(ContentionTest, ThereIsNoneWithoutLocks) {
  const Trace trace = *Trace::Build({});
  EXPECT_THAT(FindContention(Timeline(trace)), IsEmpty());
}

// A hundred waits of 1 to 100 ns at one place; at another one, a hold and no wait.
TEST(ContentionTest, CountsAndLengthsStandAtThePlaceThatAskedForTheLock) {
  trace::TraceBuilder b;
  const ObjectId one = b.Thread("one");
  const ObjectId two = b.Thread("two");
  const ObjectId lock = b.Mutex("ledger", "ledger");
  int64_t now = 1000;
  for (int64_t length = 100; length >= 1; --length) {
    b.On(one, "a.cc", 1).At(now).Acquire(lock);
    b.On(two, "b.cc", 2).At(now + 10).Request(lock);
    b.On(one, "a.cc", 1).At(now + 10).Release(lock);
    b.On(two, "b.cc", 2).At(now + 10 + length).Acquire(lock).At(now + 15 + length).Release(lock);
    now += 1000;
  }
  const Trace trace = b.Build();
  const std::vector<Contention> rows = FindContention(Timeline(trace));
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(trace.site(rows[0].site).Place(), "b.cc:2");
  EXPECT_EQ(rows[0].lock, lock);
  EXPECT_EQ(rows[0].holds, 100u);
  EXPECT_EQ(rows[0].waits, 100u);
  EXPECT_EQ(rows[0].wait_sum_ns, 5050);
  EXPECT_EQ(rows[0].wait_max_ns, 100);
  EXPECT_EQ(rows[0].wait_p50_ns, 50);
  EXPECT_EQ(rows[0].wait_p95_ns, 95);
  EXPECT_EQ(rows[0].wait_p99_ns, 99);
  EXPECT_EQ(rows[0].longest_hold_ns, 5);
  EXPECT_EQ(trace.site(rows[1].site).Place(), "a.cc:1");
  EXPECT_EQ(rows[1].waits, 0u);
  EXPECT_EQ(rows[1].longest_hold_ns, 10);
}

TEST(ContentionTest, AWaitThatIsNeverGrantedCountsToTheEnd) {
  trace::TraceBuilder b;
  const ObjectId one = b.Thread("one");
  const ObjectId two = b.Thread("two");
  const ObjectId lock = b.Mutex("ledger", "ledger");
  b.On(one).At(10).Acquire(lock);
  b.On(two, "b.cc", 2).At(20).Request(lock);
  b.On(one).At(70).Record(trace::EventKind::kLoopWoken);
  const Trace trace = b.Build();
  const std::vector<Contention> rows = FindContention(Timeline(trace));
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].holds, 0u);
  EXPECT_EQ(rows[0].waits, 1u);
  EXPECT_EQ(rows[0].wait_p50_ns, 50);
  EXPECT_EQ(rows[1].longest_hold_ns, 60);
}

TEST(ContentionTest, NothingIsCountedTwiceOrLostInRandomRecordings) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const Trace trace = testing::RandomTrace(seed, 400);
    const Timeline timeline(trace);
    uint64_t holds = 0, waits = 0;
    int64_t sum = 0, expected = 0;
    for (const Contention& row : FindContention(timeline)) {
      holds += row.holds;
      waits += row.waits;
      sum += row.wait_sum_ns;
      EXPECT_LE(row.wait_p50_ns, row.wait_p95_ns);
      EXPECT_LE(row.wait_p95_ns, row.wait_p99_ns);
      EXPECT_LE(row.wait_p99_ns, row.wait_max_ns);
    }
    for (const LockWait& wait : timeline.waits()) expected += timeline.LengthNs(wait);
    EXPECT_EQ(holds, timeline.holds().size());
    EXPECT_EQ(waits, timeline.waits().size());
    EXPECT_EQ(sum, expected);
  }
}

}  // namespace
}  // namespace lockscope::analysis
