// How runs end before their threads do, and that nothing is left of them then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "core/sched/controlled_transport.h"
#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "core/trace/trace_file.h"
#include "tests/support/controlled_record.h"

namespace lockscope::sched {
namespace {

using sync::Role;
using testing::ControlledRecord;

// Counts the objects of its kind that are alive.
struct Counted {
  explicit Counted(std::atomic<int>& alive) : count(alive) { ++count; }
  ~Counted() { --count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  std::atomic<int>& count;
};

// Lets a victim ask for a lock that a hog has, and then only the hog go on.
class Unfair final : public Strategy {
 public:
  uint32_t Choose(const Question& question) override {
    const auto named = [&](std::string_view name) {
      return std::ranges::find(question.threads, name, &ThreadInfo::name);
    };
    const auto hog = named("hog");
    const auto victim = named("victim");
    if (victim == question.threads.end()) return 0;
    if (victim->status == ThreadStatus::kWantsLock) victim_waits_ = true;
    const bool let_it_ask = !victim_waits_ && hog->next == sync::Action::kUnlock;
    const auto wanted = static_cast<uint32_t>((let_it_ask ? victim : hog) - question.threads.begin());
    const auto option = std::ranges::find(question.options, wanted, &Option::thread);
    return option == question.options.end() ? 0 : static_cast<uint32_t>(option - question.options.begin());
  }

 private:
  bool victim_waits_ = false;
};

void HogAndVictim() {
  sync::Mutex mutex(sync::kServerLock, "server");
  sync::Thread hog("hog", Role::kNone, [&] {
    while (true) const sync::MutexLock lock(mutex);
  });
  sync::Thread victim("victim", Role::kNone, [&] { const sync::MutexLock lock(mutex); });
  victim.Join();
  hog.Join();
}

TEST(RunEndTest, AThreadThatIsPassedOverAgainAndAgainStarves) {
  Unfair strategy;
  const ControlledRecord run =
      testing::RecordControlled(strategy, [](ControlledRuntime&) { HogAndVictim(); }, {.max_passed_over = 30});
  EXPECT_EQ(run.end, RunEnd::kStarved);
  size_t holds = 0;
  for (const trace::Event& event : run.trace.events()) holds += event.kind() == trace::EventKind::kLockAcquired ? 1 : 0;
  EXPECT_GE(holds, 30u);
  EXPECT_LT(holds, 40u);
  EXPECT_EQ(run.threads[2].name, "victim");
  EXPECT_NE(run.threads[2].status, ThreadStatus::kEnded);
}

TEST(RunEndTest, WhereAllTakeTurnsNobodyStarvesAndTheRunGoesOnForEver) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  const ControlledRecord run = testing::RecordControlled(*strategy, [](ControlledRuntime&) { HogAndVictim(); },
                                                         {.max_steps = 2'000, .max_passed_over = 30});
  EXPECT_EQ(run.end, RunEnd::kStepLimit);
  EXPECT_EQ(run.threads[2].status, ThreadStatus::kEnded) << "the victim had its turn";
}

TEST(RunEndTest, ARunThatStillMovesGetsAsManyStepsAgainUntilItNoLongerDoes) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  int asked = 0;
  const auto moves_twice = [&asked] { return ++asked <= 2; };
  const ControlledRecord run = testing::RecordControlled(*strategy, [](ControlledRuntime&) { HogAndVictim(); },
                                                         {.max_steps = 500, .still_moves = moves_twice});
  EXPECT_EQ(run.end, RunEnd::kStepLimit);
  EXPECT_EQ(asked, 3);
  const std::unique_ptr<Strategy> again = MakeRoundRobin();
  const ControlledRecord at_once =
      testing::RecordControlled(*again, [](ControlledRuntime&) { HogAndVictim(); }, {.max_steps = 1'500});
  EXPECT_EQ(trace::EncodeTrace(run.trace), trace::EncodeTrace(at_once.trace)) << "it is the same run";
}

// Every kind of action at least once, some of them in destructors, some with another one inside.
class AllActions {
 public:
  AllActions(ControlledRuntime& runtime, std::atomic<int>& alive) : runtime_(runtime), alive_(alive) {}

  void Run() LS_REQUIRES(!mutex_) {
    const Counted own(alive_);
    ControlledPoller poller(runtime_);
    ControlledTransport::Pair ends = ControlledTransport::Connect(runtime_, poller, "alice");
    sync::Thread consumer("consumer", Role::kNone, [this]() LS_REQUIRES(!mutex_) { Consume(); });
    sync::Thread producer("producer", Role::kNone, [this]() LS_REQUIRES(!mutex_) { Produce(); });
    sync::Thread program("program", Role::kClientProgram, [&] {
      const std::unique_ptr<ControlledTransport> client = std::move(ends.client);
      const auto text = std::make_unique<std::string>("call");  // On the heap: to be freed.
      static_cast<void>(client->Write(std::as_bytes(std::span(text->data(), text->size()))));
      std::byte reply{};
      static_cast<void>(client->Read({&reply, 1}));
      poller.WakeUp();
    });
    loop::PollEntry entry{ends.daemon->handle(), loop::kIoReadable};
    poller.Poll(std::span(&entry, 1), 50'000);
    std::byte buffer[16];
    static_cast<void>(ends.daemon->Read(buffer));
    static_cast<void>(ends.daemon->Write({buffer, 1}));
    poller.Poll(std::span(&entry, 1), 50'000);
    ends.daemon->Close();
    program.Join();
    producer.Join();
    consumer.Join();
  }

 private:
  void Consume() LS_REQUIRES(!mutex_) {
    const Counted own(alive_);
    int taken = 0;
    while (taken < 4) {
      const auto item = std::make_unique<Counted>(alive_);
      const sync::MutexLock lock(mutex_);
      while (items_ == 0) changed_.wait(mutex_);
      --items_;
      ++taken;
      changed_.broadcast();
    }
    const sync::MutexLock lock(mutex_);
    changed_.wait_for(mutex_, 20'000);
  }
  void Produce() LS_REQUIRES(!mutex_) {
    const Counted own(alive_);
    for (int i = 0; i < 4; ++i) {
      sync::SleepFor(5'000);
      if (i == 2 && mutex_.try_lock()) mutex_.unlock();
      const sync::MutexLock lock(mutex_);
      while (items_ > 0) changed_.wait(mutex_);
      ++items_;
      changed_.signal();
    }
  }

  ControlledRuntime& runtime_;
  std::atomic<int>& alive_;
  sync::Mutex mutex_{sync::kServerLock, "server"};
  sync::ConditionVariable changed_{"changed", mutex_};
  int items_ LS_GUARDED_BY(mutex_) = 0;
};

// Whatever its threads are in the middle of – an unlock, a signal, a join, the end – they are taken down without a leak
// (which AddressSanitizer looks for), without an exception that nobody expects, and without a lock that nobody lets go.
TEST(RunEndTest, ARunCanBeEndedAtAnyStep) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    std::atomic<int> alive = 0;
    const auto run_to = [&](uint64_t limit) {
      const std::unique_ptr<Strategy> strategy = seed == 0 ? MakeRoundRobin() : MakeSeeded(seed);
      return testing::RecordControlled(*strategy, [&](ControlledRuntime& runtime) { AllActions(runtime, alive).Run(); },
                                       {.max_steps = limit});
    };
    const ControlledRecord whole = run_to(100'000);
    ASSERT_EQ(whole.end, RunEnd::kFinished) << "seed " << seed;
    ASSERT_GT(whole.steps, 40u);
    for (uint64_t limit = 0; limit < whole.steps; ++limit) {
      const ControlledRecord run = run_to(limit);
      ASSERT_EQ(run.end, RunEnd::kStepLimit) << "seed " << seed << ", step " << limit;
      ASSERT_EQ(alive, 0) << "seed " << seed << ", step " << limit;
      ASSERT_LT(run.trace.size(), whole.trace.size());
      for (size_t step = 0; step < run.trace.size(); ++step) {
        ASSERT_EQ(run.trace.event(step).ticks(), whole.trace.event(step).ticks()) << "the same run, cut off";
      }
    }
  }
}

TEST(RunEndTest, ARunThatIsStuckCanBeFollowedByAnotherOne) {
  for (int i = 0; i < 100; ++i) {
    const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
    const ControlledRecord run = testing::RecordControlled(*strategy, [](ControlledRuntime&) {
      sync::Mutex mutex(sync::kServerLock, "server");
      sync::ConditionVariable never("never", mutex);
      std::vector<std::unique_ptr<sync::Thread>> threads;
      for (int n = 0; n < 5; ++n) {
        threads.push_back(std::make_unique<sync::Thread>("waiter", Role::kNone, [&] {
          const sync::MutexLock lock(mutex);
          while (true) never.wait(mutex);
        }));
      }
      for (const auto& thread : threads) thread->Join();
    });
    ASSERT_EQ(run.end, RunEnd::kStuck);
    ASSERT_EQ(run.threads.size(), 6u);
  }
}

}  // namespace
}  // namespace lockscope::sched
