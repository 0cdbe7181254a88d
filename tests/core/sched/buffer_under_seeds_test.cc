// A bounded buffer between threads, under one seed after another: every kind of action of the seam sync::Runtime, judged
// by a plain reader of recordings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/sync/condition_variable.h"
#include "core/sync/thread.h"
#include "core/trace/trace_file.h"
#include "tests/support/controlled_record.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"

namespace lockscope::sched {
namespace {

using testing::ControlledRecord;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using trace::EventKind;

class Buffer {
 public:
  void Put(int item) LS_REQUIRES(!mu_) {
    {
      const sync::MutexLock lock(mu_);
      while (items_.size() == 2) changed_.wait(mu_);
      items_.push_back(item);
    }
    changed_.broadcast();
  }
  int Take() LS_REQUIRES(!mu_) {
    int item = 0;
    {
      const sync::MutexLock lock(mu_);
      while (items_.empty()) changed_.wait(mu_);
      item = items_.front();
      items_.erase(items_.begin());
    }
    changed_.broadcast();
    return item;
  }

 private:
  sync::Mutex mu_{sync::kDriverLock, "buffer"};
  sync::ConditionVariable changed_{"changed", mu_};
  std::vector<int> items_ LS_GUARDED_BY(mu_);
};

ControlledRecord RunBuffer(uint64_t seed) {
  const std::unique_ptr<Strategy> strategy = MakeSeeded(seed);
  int sum = 0;
  ControlledRecord record = testing::RecordControlled(*strategy, [&](ControlledRuntime&) {
    Buffer buffer;
    std::vector<std::unique_ptr<sync::Thread>> threads;
    int taken[2] = {0, 0};
    for (int t = 0; t < 2; ++t) {
      threads.push_back(std::make_unique<sync::Thread>(fmt::format("producer-{}", t), sync::Role::kNone, [&buffer] {
        for (int i = 1; i <= 5; ++i) {
          sync::SleepFor(i * 10'000);
          buffer.Put(i);
        }
      }));
      threads.push_back(
          std::make_unique<sync::Thread>(fmt::format("consumer-{}", t), sync::Role::kNone, [&buffer, &taken, t] {
            for (int i = 0; i < 5; ++i) taken[t] += buffer.Take();
          }));
    }
    for (const auto& thread : threads) thread->Join();
    sum = taken[0] + taken[1];
  });
  EXPECT_EQ(record.end, RunEnd::kFinished) << "seed " << seed;
  EXPECT_EQ(sum, 30) << "seed " << seed;
  return record;
}

TEST(BufferUnderSeedsTest, TheSameSeedGivesTheSameBytesAndOthersOtherRuns) {
  std::set<std::vector<std::byte>> different;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<std::byte> bytes = trace::EncodeTrace(RunBuffer(seed).trace);
    EXPECT_EQ(trace::EncodeTrace(RunBuffer(seed).trace), bytes) << "seed " << seed;
    different.insert(bytes);
  }
  EXPECT_EQ(different.size(), 50u);
}

TEST(BufferUnderSeedsTest, EveryRunKeepsTheRulesOfLocks) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const trace::Trace trace = RunBuffer(seed).trace;
    ASSERT_THAT(NaiveComplaints(trace), ::testing::IsEmpty()) << "seed " << seed;
    ASSERT_EQ(trace.clock_error_ns(), 0) << "seed " << seed;
  }
}

TEST(BufferUnderSeedsTest, SomeSeedMakesAThreadWaitForALockAndItsRequestNamesTheHolder) {
  int contended = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const trace::Trace trace = RunBuffer(seed).trace;
    for (const size_t step : StepsOfKind(trace, EventKind::kLockRequested)) {
      ++contended;
      EXPECT_NE(trace.event(step).arg(), kNoObject);
      EXPECT_NE(trace.event(step).arg(), trace.thread(step)) << "itself";
    }
  }
  EXPECT_GT(contended, 0);
}

}  // namespace
}  // namespace lockscope::sched
