// The seam sync::Runtime, through the runtime of the tests: one thread at a time, the same seed the same run.
#include "tests/support/step_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/sync/condition_variable.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "core/trace/trace_file.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"

namespace lockscope::sync {
namespace {

using testing::NaiveComplaints;
using testing::RecordedRun;
using testing::StepRuntime;
using testing::StepsOfKind;
using trace::EventKind;
using trace::Trace;

// A bounded buffer with two producers and two consumers: every kind of action of the seam.
class Buffer {
 public:
  void Put(int item) LS_REQUIRES(!mu_) {
    {
      const MutexLock lock(mu_);
      while (items_.size() == 2) changed_.wait(mu_);
      items_.push_back(item);
    }
    changed_.broadcast();
  }
  int Take() LS_REQUIRES(!mu_) {
    int item = 0;
    {
      const MutexLock lock(mu_);
      while (items_.empty()) changed_.wait(mu_);
      item = items_.front();
      items_.erase(items_.begin());
    }
    changed_.broadcast();
    return item;
  }

 private:
  Mutex mu_{kDriverLock, "buffer"};
  ConditionVariable changed_{"changed", mu_};
  std::vector<int> items_ LS_GUARDED_BY(mu_);
};

Trace RunBuffer(StepRuntime::Options options) {
  RecordedRun run;
  StepRuntime runtime(options);
  int sum = 0;
  runtime.Run("main", Role::kNone, [&] {
    Buffer buffer;
    std::vector<std::unique_ptr<Thread>> threads;
    int taken[2] = {0, 0};
    for (int t = 0; t < 2; ++t) {
      threads.push_back(std::make_unique<Thread>("producer-" + std::to_string(t), Role::kNone, [&buffer] {
        for (int i = 1; i <= 5; ++i) {
          SleepFor(i * 10'000);
          buffer.Put(i);
        }
      }));
      threads.push_back(std::make_unique<Thread>("consumer-" + std::to_string(t), Role::kNone, [&buffer, &taken, t] {
        for (int i = 0; i < 5; ++i) taken[t] += buffer.Take();
      }));
    }
    for (const auto& thread : threads) thread->Join();
    sum = taken[0] + taken[1];
  });
  EXPECT_EQ(sum, 30) << "seed " << options.seed;
  EXPECT_EQ(runtime.stalls(), 0u) << "seed " << options.seed;
  return run.Finish();
}

// The bytes of the recording. Its ticks are the runtime's nanoseconds, which the recorder cannot know.
std::vector<std::byte> Bytes(const Trace& trace) {
  trace::TraceParts parts = trace.ToParts();
  parts.info.ticks_per_second = 1'000'000'000;
  return trace::EncodeTrace(*Trace::Build(std::move(parts)));
}

TEST(StepRuntimeTest, TheSameSeedGivesTheSameBytes) {
  const std::vector<std::byte> first = Bytes(RunBuffer({.seed = 42}));
  for (int run = 1; run < 20; ++run) ASSERT_EQ(Bytes(RunBuffer({.seed = 42})), first) << "run " << run;
}

TEST(StepRuntimeTest, OtherSeedsGiveOtherRuns) {
  std::set<std::vector<std::byte>> different;
  for (uint64_t seed = 1; seed <= 10; ++seed) different.insert(Bytes(RunBuffer({.seed = seed})));
  EXPECT_EQ(different.size(), 10u);
}

TEST(StepRuntimeTest, EveryRunKeepsTheRulesOfLocks) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Trace trace = RunBuffer({.seed = seed, .spurious_wakeups = seed % 2 == 0});
    ASSERT_THAT(NaiveComplaints(trace), ::testing::IsEmpty()) << "seed " << seed;
    ASSERT_EQ(trace.clock_error_ns(), 0) << "seed " << seed;
  }
}

TEST(StepRuntimeTest, TimeIsVirtual) {
  StepRuntime runtime({.seed = 1});
  runtime.Run("main", Role::kNone, [] {
    const int64_t before = NowNs();
    SleepFor(3'600'000'000'000);  // An hour.
    EXPECT_GE(NowNs() - before, 3'600'000'000'000);
    EXPECT_LT(NowNs() - before, 3'600'001'000'000);
  });
}

TEST(StepRuntimeTest, SomeSeedMakesAThreadWaitForALock) {
  int contended = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Trace trace = RunBuffer({.seed = seed});
    for (const size_t step : StepsOfKind(trace, EventKind::kLockRequested)) {
      ++contended;
      EXPECT_NE(trace.event(step).arg(), kNoObject) << "a request names the holder";
    }
  }
  EXPECT_GT(contended, 0);
}

// Two threads, two locks, opposite orders: the consequence of an inversion, under the policy that lets it happen.
void RunInversion(uint64_t seed) {
  SetGuardPolicy(GuardPolicy::kRecord);
  StepRuntime runtime({.seed = seed});
  runtime.Run("main", Role::kNone, [] {
    Mutex server(kServerLock, "server");
    Mutex alice(kClientLock, "alice");
    Thread right("right", Role::kNone, [&] {
      const MutexLock server_lock(server);
      const MutexLock client_lock(alice);
    });
    Thread wrong("wrong", Role::kNone, [&] {
      const MutexLock client_lock(alice);
      const MutexLock server_lock(server);
    });
    right.Join();
    wrong.Join();
  });
  SetGuardPolicy(GuardPolicy::kAbort);
}

TEST(StepRuntimeDeathTest, ADeadlockEndsTheRunAndSaysWhoWaitsForWhat) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        for (uint64_t seed = 1; seed <= 100; ++seed) RunInversion(seed);
      },
      "seed [0-9]+, step [0-9]+: nobody can go on\n"
      "  main waits for the end of right\n"
      "  right waits for the lock 'alice', which wrong holds\n"
      "  wrong waits for the lock 'server', which right holds\n");
}

TEST(StepRuntimeTest, ASignalThatIsForgottenIsAStallThatIsCounted) {
  StepRuntime runtime({.seed = 3});
  runtime.Run("main", Role::kNone, [] {
    Mutex mutex(kDriverLock, "gate");
    ConditionVariable opened("opened", mutex);
    bool open = false;
    Thread waiter("waiter", Role::kNone, [&] {
      const MutexLock lock(mutex);
      while (!open) opened.wait(mutex);
    });
    SleepFor(1'000'000);
    {
      const MutexLock lock(mutex);
      open = true;  // And no signal.
    }
    waiter.Join();
  });
  EXPECT_EQ(runtime.stalls(), 1u);
}

}  // namespace
}  // namespace lockscope::sync
