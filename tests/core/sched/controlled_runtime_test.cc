#include "core/sched/controlled_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <limits>
#include <set>

#include "core/base/check.h"
#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "core/trace/recorder.h"
#include "core/trace/trace_file.h"
#include "tests/support/controlled_record.h"
#include "tests/support/record_breaches.h"

namespace lockscope::sched {
namespace {

using sync::Role;
using testing::ControlledRecord;
using ::testing::ElementsAre;
using testing::RecordBreaches;

struct Recorded {
  RunEnd end = RunEnd::kFinished;
  trace::Trace trace;
  std::vector<uint32_t> choices;
  std::vector<ThreadInfo> threads;
};

Recorded RunRecorded(Strategy& strategy, const std::function<void()>& body, const RunOptions& options = {}) {
  Result<std::unique_ptr<trace::Recorder>> recorder = trace::Recorder::Start({}, {}, trace::Recorder::Clock::kVirtual);
  LS_CHECK(recorder.has_value());
  Recorded recorded;
  ControlledRuntime runtime(strategy, options);
  recorded.end = runtime.Run("first", Role::kNone, body);
  Result<trace::Trace> trace = (*recorder)->Finish();
  LS_CHECK(trace.has_value(), "{}", trace.error().message);
  recorded.trace = std::move(*trace);
  recorded.choices.assign(runtime.choices().begin(), runtime.choices().end());
  recorded.threads.assign(runtime.threads().begin(), runtime.threads().end());
  return recorded;
}

// Two threads that lock two mutexes the other way round: may deadlock.
void LockBothWays() {
  sync::Mutex server(sync::kServerLock, "server");
  sync::Mutex driver(sync::kDriverLock, "driver");
  sync::Thread down("down", Role::kNone, [&] {
    const sync::MutexLock outer(server);
    const sync::MutexLock inner(driver);
  });
  sync::Thread up("up", Role::kNone, [&] {
    const sync::MutexLock outer(driver);
    const sync::MutexLock inner(server);
  });
  down.Join();
  up.Join();
}

TEST(ControlledRuntimeTest, RunsToItsEndAndEveryEventHasItsOwnTime) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  int total = 0;
  const Recorded run = RunRecorded(*strategy, [&] {
    sync::Mutex mutex(sync::kServerLock, "server");
    const auto add = [&] {
      for (int i = 0; i < 10; ++i) {
        const sync::MutexLock lock(mutex);
        ++total;
      }
    };
    sync::Thread one("one", Role::kNone, add);
    sync::Thread two("two", Role::kNone, add);
    one.Join();
    two.Join();
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
  EXPECT_EQ(total, 20);
  EXPECT_EQ(run.trace.info().ticks_per_second, 1'000'000'000u);
  EXPECT_EQ(run.trace.Meta("clock"), "virtual");
  for (size_t step = 1; step < run.trace.size(); ++step) {
    EXPECT_LT(run.trace.event(step - 1).ticks(), run.trace.event(step).ticks());
  }
}

TEST(ControlledRuntimeTest, TheSameSeedGivesTheSameBytesAndAnotherOneAnotherRun) {
  std::map<std::string, int> distinct;
  const auto bytes_of = [](uint64_t seed) {
    const RecordBreaches policy;
    const std::unique_ptr<Strategy> strategy = MakeSeeded(seed);
    const std::vector<std::byte> bytes = trace::EncodeTrace(RunRecorded(*strategy, LockBothWays).trace);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string first = bytes_of(seed);
    EXPECT_EQ(first, bytes_of(seed)) << "seed " << seed;
    ++distinct[first];
  }
  EXPECT_GT(distinct.size(), 5u);
}

// A strategy that is asked, although another one would draw by chance alone.
class Asked final : public Strategy {
 public:
  Asked(std::unique_ptr<Strategy> strategy, bool wants_standing)
      : strategy_(std::move(strategy)), wants_standing_(wants_standing) {}
  uint32_t Choose(const Question& question) override { return strategy_->Choose(question); }
  bool wants_spurious_wakeups() const override { return strategy_->wants_spurious_wakeups(); }
  bool wants_standing() const override { return wants_standing_; }

 private:
  const std::unique_ptr<Strategy> strategy_;
  const bool wants_standing_;
};

// More threads than lie side by side, that wait for locks and for one another.
void HandTokensRound() {
  constexpr int kThreads = 11;
  sync::Mutex mutex(sync::kServerLock, "server");
  sync::ConditionVariable changed("changed", mutex);
  int tokens = 3;
  std::deque<sync::Thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back(fmt::format("thread-{}", i), Role::kNone, [&] {
      sync::MutexLock lock(mutex);
      while (tokens == 0) changed.wait(mutex);
      --tokens;
      lock.unlock();
      const sync::MutexLock again(mutex);
      ++tokens;
      changed.signal();
    });
  }
  for (sync::Thread& thread : threads) thread.Join();
}

TEST(ControlledRuntimeTest, WhatTheRunDrawsByChanceIsWhatTheStrategyWouldHaveAnswered) {
  const RecordBreaches policy;
  const auto run = [](Strategy& strategy, void (*body)()) {
    return testing::RecordControlled(strategy, [body](ControlledRuntime&) { body(); });
  };
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    for (void (*body)() : {LockBothWays, HandTokensRound}) {
      const ControlledRecord drawn = run(*MakeSeeded(seed), body);
      for (const bool wants_standing : {false, true}) {
        Asked strategy(MakeSeeded(seed), wants_standing);
        const ControlledRecord asked = run(strategy, body);
        EXPECT_EQ(drawn.end, asked.end);
        EXPECT_EQ(drawn.choices, asked.choices);
        EXPECT_EQ(trace::EncodeTrace(drawn.trace), trace::EncodeTrace(asked.trace));
        ASSERT_EQ(drawn.threads.size(), asked.threads.size());
        for (size_t i = 0; i < drawn.threads.size(); ++i) {
          const ThreadInfo& one = drawn.threads[i];
          const ThreadInfo& other = asked.threads[i];
          EXPECT_EQ(one.status, other.status) << one.name;
          EXPECT_EQ(one.next, other.next) << one.name;
          // Ids count on from run to run, by as many in each.
          EXPECT_EQ(one.object == kNoObject, other.object == kNoObject) << one.name;
          if (one.object != kNoObject) EXPECT_EQ(one.object - one.id, other.object - other.id) << one.name;
          if (one.status == ThreadStatus::kWantsLock)
            EXPECT_EQ(one.holder - one.id, other.holder - other.id) << one.name;
        }
      }
    }
  }
}

// Whether or not the strategy looks at them.
TEST(ControlledRuntimeTest, TheRolesOfThreadsAreKnownWhenTheRunIsOver) {
  const std::unique_ptr<Strategy> strategy = MakeSeeded(1);
  const ControlledRecord run = testing::RecordControlled(*strategy, [](ControlledRuntime&) {
    sync::TakeRole(Role::kLeader);
    sync::Thread worker("worker", Role::kWorker, [] {});
    worker.Join();
  });
  ASSERT_EQ(run.end, RunEnd::kFinished);
  EXPECT_EQ(run.threads[0].role, Role::kLeader);
  EXPECT_EQ(run.threads[1].role, Role::kWorker);
}

TEST(ControlledRuntimeTest, ATimeBeyondTheLastOneIsTheLast) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  const ControlledRecord run = testing::RecordControlled(*strategy, [](ControlledRuntime& runtime) {
    sync::SleepFor(1'000);
    EXPECT_EQ(runtime.TimeIn(std::numeric_limits<int64_t>::max()), std::numeric_limits<int64_t>::max());
    EXPECT_EQ(runtime.TimeIn(5), runtime.NowNs() + 5);
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST(ControlledRuntimeTest, ARunEndsBeforeATimeThatNoEventCanHave) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  bool woke = false;
  const ControlledRecord run = testing::RecordControlled(*strategy, [&woke](ControlledRuntime&) {
    sync::SleepFor(static_cast<int64_t>(trace::VirtualClock::kLastNs) - 10'000);
    woke = true;
    sync::SleepFor(20'000);
    FAIL() << "this time is too late for a recording";
  });
  EXPECT_EQ(run.end, RunEnd::kTimeLimit);
  EXPECT_TRUE(woke);
  EXPECT_EQ(run.threads[0].status, ThreadStatus::kSleeping);
}

TEST(ControlledRuntimeTest, SomeSeedEndsInTheDeadlockAndItsChoicesRepeatIt) {
  const RecordBreaches policy;
  int stuck = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const std::unique_ptr<Strategy> strategy = MakeSeeded(seed);
    const Recorded run = RunRecorded(*strategy, LockBothWays);
    if (run.end != RunEnd::kStuck) continue;
    ++stuck;
    EXPECT_EQ(run.threads[0].status, ThreadStatus::kJoining);
    EXPECT_EQ(run.threads[1].status, ThreadStatus::kWantsLock);
    EXPECT_EQ(run.threads[1].holder, run.threads[2].id);
    EXPECT_EQ(run.threads[2].status, ThreadStatus::kWantsLock);
    const std::unique_ptr<Strategy> replay = MakeReplay(run.choices);
    const Recorded again = RunRecorded(*replay, LockBothWays);
    EXPECT_EQ(again.end, RunEnd::kStuck);
    EXPECT_EQ(trace::EncodeTrace(run.trace), trace::EncodeTrace(again.trace));
  }
  EXPECT_GT(stuck, 0);
  EXPECT_LT(stuck, 50);
}

// Counts the objects of its kind that are alive.
struct Counted {
  explicit Counted(std::atomic<int>* alive) : count(alive) { ++*count; }
  ~Counted() { --*count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  std::atomic<int>* count;
};

TEST(ControlledRuntimeTest, AStuckRunIsTakenDownWithoutLeaksAndWithoutUnlocks) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  std::atomic<int> alive = 0;
  const Recorded run = RunRecorded(*strategy, [&] {
    const auto own = std::make_unique<Counted>(&alive);
    sync::Mutex mutex(sync::kServerLock, "server");
    sync::ConditionVariable never("never", mutex);
    sync::Thread waiter("waiter", Role::kNone, [&] {
      const auto inner = std::make_unique<Counted>(&alive);
      const sync::MutexLock lock(mutex);
      while (true) never.wait(mutex);
    });
    waiter.Join();
  });
  EXPECT_EQ(run.end, RunEnd::kStuck);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(run.trace.event(run.trace.size() - 1).kind(), trace::EventKind::kLockReleased);  // By the wait itself.
}

TEST(ControlledRuntimeTest, ARunThatGoesOnForEverIsEnded) {
  const std::unique_ptr<Strategy> strategy = MakeSeeded(7);
  std::atomic<int> alive = 0;
  const Recorded run = RunRecorded(*strategy,
                                   [&] {
                                     sync::Mutex mutex(sync::kServerLock, "server");
                                     const auto spin = [&] {
                                       const Counted own(&alive);
                                       while (true) const sync::MutexLock lock(mutex);
                                     };
                                     sync::Thread one("one", Role::kNone, spin);
                                     sync::Thread two("two", Role::kNone, spin);
                                     one.Join();
                                   },
                                   {.max_steps = 5'000});
  EXPECT_EQ(run.end, RunEnd::kStepLimit);
  EXPECT_EQ(alive, 0);
}

TEST(ControlledRuntimeTest, WhenAllSleepTimeJumpsToTheNextTimer) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  std::vector<std::string> order;
  int64_t end_ns = 0;
  const Recorded run = RunRecorded(*strategy, [&] {
    sync::Mutex mutex(sync::kServerLock, "server");
    sync::Thread slow("slow", Role::kNone, [&] {
      sync::SleepFor(3'600'000'000'000);
      const sync::MutexLock lock(mutex);
      order.emplace_back("slow");
    });
    sync::Thread quick("quick", Role::kNone, [&] {
      sync::SleepFor(1'000'000);
      const sync::MutexLock lock(mutex);
      order.emplace_back("quick");
    });
    slow.Join();
    quick.Join();
    end_ns = sync::NowNs();
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
  EXPECT_THAT(order, ElementsAre("quick", "slow"));
  EXPECT_GE(end_ns, 3'600'000'000'000);
  EXPECT_LT(end_ns, 3'600'001'000'000);
}

TEST(ControlledRuntimeTest, ATimedWaitEndsByItsTimeOrByASignal) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  bool first = true;
  bool second = false;
  RunRecorded(*strategy, [&] {
    sync::Mutex mutex(sync::kServerLock, "server");
    sync::ConditionVariable condition("condition", mutex);
    {
      const sync::MutexLock lock(mutex);
      first = condition.wait_for(mutex, 5'000'000);
    }
    EXPECT_GE(sync::NowNs(), 5'000'000);
    sync::Thread signaller("signaller", Role::kNone, [&] {
      sync::SleepFor(1'000'000);
      condition.signal();
    });
    {
      const sync::MutexLock lock(mutex);
      second = condition.wait_for(mutex, 5'000'000'000);
    }
    signaller.Join();
    EXPECT_LT(sync::NowNs(), 100'000'000);
  });
  EXPECT_FALSE(first);
  EXPECT_TRUE(second);
}

TEST(ControlledRuntimeTest, ASeedWakesWaitersForNoReasonAndRoundRobinDoesNot) {
  const auto wakes = [](Strategy& strategy) {
    int woken = 0;
    RunRecorded(strategy, [&] {
      sync::Mutex mutex(sync::kServerLock, "server");
      sync::ConditionVariable condition("condition", mutex);
      bool done = false;
      sync::Thread waiter("waiter", Role::kNone, [&] {
        const sync::MutexLock lock(mutex);
        while (!done) {
          condition.wait(mutex);
          ++woken;
        }
      });
      for (int i = 0; i < 200; ++i) const sync::MutexLock lock(mutex);
      {
        const sync::MutexLock lock(mutex);
        done = true;
      }
      condition.signal();
      waiter.Join();
    });
    return woken;
  };
  const std::unique_ptr<Strategy> seeded = MakeSeeded(3);
  EXPECT_GT(wakes(*seeded), 1);
  const std::unique_ptr<Strategy> fair = MakeRoundRobin();
  EXPECT_EQ(wakes(*fair), 1);
}

TEST(ControlledRuntimeTest, TheStrategyIsToldWhatEachStepTouches) {
  class Listening final : public Strategy {
   public:
    uint32_t Choose(const Question& question) override {
      for (const Option& option : question.options) {
        const ThreadInfo& thread = question.threads[option.thread];
        if (thread.next == sync::Action::kLock) touched.insert(trace::NameOfObject(thread.object));
      }
      return 0;
    }
    std::set<std::string> touched;
  };
  Listening strategy;
  RunRecorded(strategy, [] {
    sync::Mutex server(sync::kServerLock, "server");
    sync::Mutex driver(sync::kDriverLock, "driver");
    const sync::MutexLock one(server);
    const sync::MutexLock two(driver);
  });
  EXPECT_THAT(strategy.touched, ElementsAre("driver", "server"));
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
[[gnu::noinline]] void AddWithoutLock(int& shared) { ++shared; }

TEST(ControlledRuntimeDeathTest, APlantedDataRaceIsFoundAlthoughOnlyOneThreadRunsAtATime) {
  const auto race = [] {
    const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
    int shared = 0;
    ControlledRuntime runtime(*strategy, {});
    runtime.Run("first", Role::kNone, [&] {
      sync::Mutex mutex(sync::kServerLock, "server");
      const auto add = [&] {
        { const sync::MutexLock lock(mutex); }
        AddWithoutLock(shared);
        { const sync::MutexLock lock(mutex); }
      };
      sync::Thread one("one", Role::kNone, add);
      sync::Thread two("two", Role::kNone, add);
      one.Join();
      two.Join();
    });
    std::exit(0);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(race(), ::testing::ExitedWithCode(66), "data race.*in .*AddWithoutLock");
}
#endif
#endif

}  // namespace
}  // namespace lockscope::sched
