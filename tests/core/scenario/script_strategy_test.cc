// The rules by which a script decides who runs, one by one, on threads of the test's own.
#include "core/scenario/script_strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "tests/support/controlled_record.h"
#include "tests/support/recorded_run.h"

namespace lockscope::scenario {
namespace {

using sched::RunEnd;
using sync::Role;
using testing::ControlledRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using trace::EventKind;
using Names = std::vector<std::string>;

struct Played {
  ControlledRecord run;
  Names problems;
  std::vector<bool> unusable;  // One a problem.

  const trace::Trace& trace() const { return run.trace; }
  // Who recorded events of that kind, in order; `object`: of that name only.
  Names Who(EventKind kind, std::string_view object = "") const {
    Names names;
    for (const size_t step : testing::StepsOfKind(trace(), kind)) {
      if (!object.empty() && trace().Name(trace().event(step).object()) != object) continue;
      names.emplace_back(trace().Name(trace().thread(step)));
    }
    return names;
  }
  // Whose events lie between the captions of two steps, each name once.
  Names WhoBetween(std::string_view from, std::string_view to) const {
    std::set<std::string> names;
    bool inside = false;
    for (size_t step = 0; step < trace().size(); ++step) {
      if (trace().event(step).kind() == EventKind::kCaptionShown) {
        inside = trace().Name(trace().event(step).object()) == from;
        if (trace().Name(trace().event(step).object()) == to) break;
      } else if (inside) {
        names.emplace(trace().Name(trace().thread(step)));
      }
    }
    return {names.begin(), names.end()};
  }
};

Played Play(const Script& script, const std::function<void()>& body) {
  const testing::RecordBreaches policy;
  Result<std::unique_ptr<ScriptStrategy>> strategy = ScriptStrategy::Make(script);
  LS_CHECK(strategy.has_value(), "{}", strategy.error().message);
  Played played;
  played.run = testing::RecordControlled(
      **strategy, [&](sched::ControlledRuntime&) { body(); }, {}, Role::kNone,
      [&](sched::ControlledRuntime& runtime) {
        for (const ScheduleProblem& problem : (*strategy)->Problems(runtime.threads())) {
          played.problems.push_back(problem.text);
          played.unusable.push_back(problem.is_unusable);
        }
      });
  return played;
}

// Threads that a test starts one after the other and then joins all.
class Threads {
 public:
  void Add(const std::string& name, Role role, std::function<void()> body) {
    threads_.push_back(std::make_unique<sync::Thread>(name, role, std::move(body)));
  }
  void JoinAll() {
    for (const auto& thread : threads_) thread->Join();
  }

 private:
  std::vector<std::unique_ptr<sync::Thread>> threads_;
};

// Holds a lock of its own some times.
void Busy(int times = 3) {
  sync::Mutex own(sync::kDriverLock, "own");
  for (int i = 0; i < times; ++i) const sync::MutexLock lock(own);
}

TEST(ScriptStrategyTest, PrefersTheThreadThatItRunsAndNobodyElseMoves) {
  const Played played = Play({{.run = "b", .until = "starts", .say = "b begins"},
                              {.run = "b", .until = "ends", .say = "b ended"},
                              {.run = "c", .until = "ends", .say = "c ended"},
                              {.run = "a", .until = "ends"}},
                             [] {
                               Threads threads;
                               for (const char* name : {"a", "b", "c"}) threads.Add(name, Role::kNone, [] { Busy(); });
                               threads.JoinAll();
                             });
  EXPECT_THAT(played.problems, IsEmpty());
  EXPECT_THAT(played.Who(EventKind::kThreadEnded), ElementsAre("b", "c", "a", "first"));
  EXPECT_THAT(played.WhoBetween("b begins", "b ended"), ElementsAre("b"));
  EXPECT_THAT(played.WhoBetween("b ended", "c ended"), ElementsAre("c"));
}

TEST(ScriptStrategyTest, TheFirstThreadRunsUntilItOnlyWaitsBeforeTheScriptBegins) {
  const Played played = Play({{.run = "a", .until = "starts"}}, [] {
    Threads threads;
    threads.Add("a", Role::kNone, [] { Busy(); });
    Busy();
    threads.Add("b", Role::kNone, [] { Busy(); });
    threads.JoinAll();
  });
  const Names started = played.Who(EventKind::kThreadStarted);
  EXPECT_THAT(started, ElementsAre("first", "a", "b"));
  EXPECT_THAT(played.Who(EventKind::kLockAcquired).front(), "first");
  EXPECT_LT(testing::StepsOfKind(played.trace(), EventKind::kJoinBegan).at(0),
            testing::StepsOfKind(played.trace(), EventKind::kThreadStarted).at(1));
}

TEST(ScriptStrategyTest, FollowsWhoHoldsTheLockThatItsThreadWantsAndWhoHoldsWhatThatOneWants) {
  const Played played = Play({{.run = "z", .until = "holds driver"},
                              {.run = "y", .until = "holds server"},
                              {.run = "y", .until = "blocked"},
                              {.run = "x", .until = "blocked", .say = "x waits"},
                              {.run = "x", .until = "holds server", .say = "x has it"}},
                             [] {
                               sync::Mutex server(sync::kServerLock, "server");
                               sync::Mutex driver(sync::kDriverLock, "driver");
                               Threads threads;
                               threads.Add("event loop", Role::kEventLoop, [] { Busy(20); });
                               threads.Add("x", Role::kWorker, [&] { const sync::MutexLock lock(server); });
                               threads.Add("y", Role::kNone, [&] {
                                 const sync::MutexLock outer(server);
                                 const sync::MutexLock inner(driver);
                               });
                               threads.Add("z", Role::kNone, [&] { const sync::MutexLock lock(driver); });
                               threads.JoinAll();
                             });
  EXPECT_THAT(played.problems, IsEmpty());
  EXPECT_THAT(played.WhoBetween("x waits", "x has it"), ElementsAre("x", "y", "z")) << "and not the loop";
}

TEST(ScriptStrategyTest, FollowsTheThreadWhoseEndItsThreadWaitsFor) {
  const Played played =
      Play({{.run = "x", .until = "blocked", .say = "x waits"}, {.run = "x", .until = "ends", .say = "x ended"}}, [] {
        Threads threads;
        threads.Add("event loop", Role::kEventLoop, [] { Busy(20); });
        threads.Add("x", Role::kWorker, [] {
          sync::Thread child("child", Role::kNone, [] { Busy(); });
          child.Join();
        });
        threads.JoinAll();
      });
  EXPECT_THAT(played.problems, IsEmpty());
  EXPECT_THAT(played.WhoBetween("x waits", "x ended"), ElementsAre("child", "x"));
}

// Who helps a thread that waits for something that nobody holds.
Names HelpersOf(Role role) {
  const Played played = Play({{.run = "x", .until = "ends"}}, [&] {
    sync::Mutex mutex(sync::kServerLock, "server");
    sync::ConditionVariable done("done", mutex);
    int left = 4;
    Threads threads;
    threads.Add("x", role, [&] {
      const sync::MutexLock lock(mutex);
      while (left > 0) done.wait(mutex);
    });
    for (const auto& [name, helper] :
         {std::pair("leader", Role::kLeader), std::pair("worker-1", Role::kWorker),
          std::pair("alice", Role::kClientProgram), std::pair("event loop", Role::kEventLoop)}) {
      threads.Add(name, helper, [&] {
        Busy();
        const sync::MutexLock lock(mutex);
        if (--left == 0) done.signal();
      });
    }
    threads.JoinAll();
  });
  EXPECT_THAT(played.problems, IsEmpty());
  Names ended = played.Who(EventKind::kThreadEnded);
  std::erase(ended, "x");
  std::erase(ended, "first");
  return ended;
}

TEST(ScriptStrategyTest, TheDaemonsThreadsAreHelpedByTheLoopThenClientsThenWorkersThenTheLeader) {
  EXPECT_THAT(HelpersOf(Role::kWorker), ElementsAre("event loop", "alice", "worker-1", "leader"));
}

TEST(ScriptStrategyTest, AClientThatWaitsForAReplyIsHelpedByWorkersBeforeOtherClients) {
  EXPECT_THAT(HelpersOf(Role::kClientProgram), ElementsAre("event loop", "worker-1", "alice", "leader"));
}

TEST(ScriptStrategyTest, WhenItIsOverAllTakeTurns) {
  const Played played = Play({}, [] {
    Threads threads;
    for (const char* name : {"a", "b"}) threads.Add(name, Role::kNone, [] { Busy(4); });
    threads.JoinAll();
  });
  EXPECT_THAT(played.Who(EventKind::kLockAcquired), ElementsAre("a", "b", "a", "b", "a", "b", "a", "b"));
}

struct Halt {
  std::string name;
  std::function<void()> wait;
  bool blocked, waits, stops;  // Which of the words it is an example of.
};

TEST(ScriptStrategyTest, BlockedWaitsAndStopsMeanWhatTheManualSays) {
  const Halt halts[] = {
      {"a lock",
       [] {
         sync::Mutex mutex(sync::kServerLock, "server");
         Threads threads;
         {
           const sync::MutexLock lock(mutex);
           threads.Add("x", Role::kNone, [&] { const sync::MutexLock own(mutex); });
           sync::SleepFor(1'000'000);
         }
         threads.JoinAll();
       },
       true, false, true},
      {"a condition",
       [] {
         sync::Mutex mutex(sync::kServerLock, "server");
         sync::ConditionVariable condition("condition", mutex);
         sync::Thread x("x", Role::kNone, [&] {
           const sync::MutexLock lock(mutex);
           condition.wait(mutex);
         });
         sync::SleepFor(1'000'000);
         condition.signal();
         x.Join();
       },
       true, true, true},
      {"the end of a thread",
       [] {
         sync::Thread x("x", Role::kNone, [] {
           sync::Thread child("child", Role::kNone, [] { Busy(); });
           child.Join();
         });
         x.Join();
       },
       true, false, true},
      {"time to pass",
       [] {
         sync::Thread x("x", Role::kNone, [] { sync::SleepFor(1'000'000); });
         x.Join();
       },
       false, false, true},
      {"nothing",
       [] {
         sync::Thread x("x", Role::kNone, [] { Busy(); });
         x.Join();
       },
       false, false, false},
  };
  for (const Halt& halt : halts) {
    const auto is = [&](const char* word) {
      const Played played = Play({{.run = "x", .until = word}}, halt.wait);
      EXPECT_EQ(played.run.end, RunEnd::kFinished) << halt.name;
      return played.problems.empty();
    };
    EXPECT_EQ(is("blocked"), halt.blocked) << halt.name;
    EXPECT_EQ(is("waits"), halt.waits) << halt.name;
    EXPECT_EQ(is("stops"), halt.stops) << halt.name;
  }
}

TEST(ScriptStrategyTest, TimesAreCountedFromTheBeginningOfTheStep) {
  const Played played = Play({{.run = "a", .until = "holds driver", .times = 2, .say = "two"},
                              {.run = "a", .until = "holds driver", .times = 3, .say = "five"}},
                             [] {
                               sync::Thread a("a", Role::kNone, [] { Busy(7); });
                               a.Join();
                             });
  EXPECT_THAT(played.problems, IsEmpty());
  int held = 0;
  std::vector<int> at;
  for (const trace::Event& event : played.trace().events()) {
    if (event.kind() == EventKind::kLockAcquired) ++held;
    if (event.kind() == EventKind::kCaptionShown) at.push_back(held);
  }
  EXPECT_THAT(at, ElementsAre(2, 5));
}

TEST(ScriptStrategyTest, ASignalWakesTheThreadThatTheScriptRunsNext) {
  for (const std::string chosen : {"w1", "w2", "w3"}) {
    const Played played = Play({{.run = "w1", .until = "waits"},
                                {.run = "w2", .until = "waits"},
                                {.run = "w3", .until = "waits"},
                                {.run = "s", .until = "ends"},
                                {.run = chosen, .until = "wakes"}},
                               [] {
                                 sync::Mutex mutex(sync::kServerLock, "server");
                                 sync::ConditionVariable condition("condition", mutex);
                                 Threads threads;
                                 for (const char* name : {"w1", "w2", "w3"}) {
                                   threads.Add(name, Role::kNone, [&] {
                                     const sync::MutexLock lock(mutex);
                                     condition.wait(mutex);
                                   });
                                 }
                                 threads.Add("s", Role::kNone, [&] { condition.signal(); });
                                 threads.JoinAll();
                               });
    EXPECT_THAT(played.problems, IsEmpty());
    EXPECT_THAT(played.Who(EventKind::kWaitEnded), ElementsAre(chosen)) << "and the two others wait for ever";
    EXPECT_EQ(played.run.end, RunEnd::kStuck);
  }
}

TEST(ScriptStrategyTest, AWaitEndsForNoReasonWhereTheScriptSaysSoAndOnlyThere) {
  const auto wait = [] {
    sync::Mutex mutex(sync::kServerLock, "server");
    sync::ConditionVariable condition("condition", mutex);
    Threads threads;
    for (const char* name : {"a", "b"}) {
      threads.Add(name, Role::kNone, [&] {
        const sync::MutexLock lock(mutex);
        condition.wait(mutex);
      });
    }
    threads.Add("busy", Role::kNone, [] { Busy(20); });
    threads.JoinAll();
  };
  const Played woken = Play({{.run = "b", .until = "waits"}, {.run = "b", .until = "wakes for no reason"}}, wait);
  EXPECT_THAT(woken.problems, IsEmpty());
  EXPECT_THAT(woken.Who(EventKind::kWaitEnded), ElementsAre("b"));
  EXPECT_THAT(woken.Who(EventKind::kConditionSignalled), IsEmpty());
  const Played never = Play({{.run = "b", .until = "waits"}}, wait);
  EXPECT_THAT(never.Who(EventKind::kWaitEnded), IsEmpty());
}

TEST(ScriptStrategyTest, AStepThatIsNeverReachedNamesWhatItsThreadWaitsFor) {
  const auto body = [] {
    sync::Mutex server(sync::kServerLock, "server");
    sync::Mutex alice(sync::kClientLock, "alice");
    sync::ConditionVariable job("job", server);
    Threads threads;
    threads.Add("worker-1", Role::kWorker, [&] {
      const sync::MutexLock lock(server);
      while (true) job.wait(server);
    });
    threads.Add("keeper", Role::kNone, [&] {
      alice.lock();
      sync::Mutex own(sync::kDriverLock, "driver");
      sync::ConditionVariable never("never", own);
      const sync::MutexLock lock(own);
      while (true) never.wait(own);
    });
    threads.Add("event loop", Role::kEventLoop, [&] {
      sync::SleepFor(1'000'000);
      const sync::MutexLock lock(alice);
    });
    threads.Add("quick", Role::kNone, [] { Busy(2); });
    threads.JoinAll();
  };
  const auto problem = [&](const std::string& run, const std::string& until, int times = 1) {
    const Played played =
        Play({{.run = "quick", .until = "starts"}, {.run = run, .until = until, .times = times}}, body);
    EXPECT_EQ(played.run.end, RunEnd::kStuck);
    EXPECT_THAT(played.unusable, ElementsAre(true));
    return played.problems.empty() ? "" : played.problems.front();
  };
  EXPECT_EQ(
      problem("worker-1", "takes hostname"),
      "schedule[1] is never reached: worker-1 does not come to 'takes hostname'; it waits for the condition 'job'");
  EXPECT_EQ(problem("loop", "polls"),
            "schedule[1] is never reached: loop does not come to 'polls'; it waits for the lock 'client alice', which "
            "keeper holds");
  EXPECT_EQ(problem("leader", "ends"), "schedule[1] is never reached: leader was never started");
  EXPECT_EQ(problem("first", "ends"),
            "schedule[1] is never reached: first does not come to 'ends'; it waits for the end of worker-1");
  EXPECT_EQ(
      problem("quick", "holds driver", 3),
      "schedule[1] is never reached: quick does not come to 'holds driver' 3 times; it waits for nothing any more: it "
      "has ended");
}

TEST(ScriptStrategyTest, AnAnswerThatIsNotWhatHappensIsToldWithWhatDid) {
  const auto play = [](const std::vector<std::string>& answer) {
    return Play({{.run = "worker-1", .until = "waits", .ask = "Who?", .answer = answer}}, [] {
      sync::Mutex server(sync::kServerLock, "server");
      sync::ConditionVariable job("job", server);
      bool quit = false;
      Threads threads;
      threads.Add("worker-1", Role::kWorker, [&] {
        const sync::MutexLock lock(server);
        while (!quit) job.wait(server);
      });
      threads.Add("alice", Role::kClientProgram, [] { Busy(); });
      threads.Add("event loop", Role::kEventLoop, [&] {
        Busy();
        const sync::MutexLock lock(server);
        quit = true;
        job.signal();
      });
      threads.JoinAll();
    });
  };
  EXPECT_THAT(play({"loop"}).problems, IsEmpty()) << "alice is a client program, and not one of the daemon's threads";
  const Played wrong = play({"worker-1", "loop"});
  EXPECT_THAT(wrong.problems,
              ElementsAre("schedule[0].answer is [loop, worker-1], but these threads can go on there: [loop]"));
  EXPECT_THAT(wrong.unusable, ElementsAre(false));
  EXPECT_EQ(wrong.run.end, RunEnd::kFinished) << "the run goes on all the same";
  EXPECT_THAT(play({}).problems, ElementsAre("schedule[0].answer is [], but these threads can go on there: [loop]"));
}

TEST(ScriptStrategyTest, AStepThatCannotBeReadIsNamed) {
  const Script script = {{.run = "a", .until = "starts"}, {.run = "a", .until = "hold server"}};
  const Result<std::unique_ptr<ScriptStrategy>> strategy = ScriptStrategy::Make(script);
  ASSERT_FALSE(strategy);
  EXPECT_THAT(strategy.error().message, ::testing::StartsWith("schedule[1].until: 'hold server'"));
}

}  // namespace
}  // namespace lockscope::scenario
