// The guard at run time. The compiler sees nothing wrong here: these are plain mutexes of the ranked classes, without
// the capabilities that core/daemon puts around them.
#include "core/sync/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "tests/support/recorded_run.h"

namespace lockscope::sync {
namespace {

using ::testing::ElementsAre;
using testing::RecordedRun;
using testing::StepsOfKind;
using testing::Story;
using trace::EventKind;
using trace::Trace;

// These break the order on purpose, so the compiler is not to know. Without the exemption:
// "mutex 'mutex' is still held at the end of function".
void Take(Mutex& mutex, SourcePlace place = SourcePlace::Here()) LS_NO_THREAD_SAFETY_ANALYSIS { mutex.lock(place); }
void Drop(Mutex& mutex, SourcePlace place = SourcePlace::Here()) LS_NO_THREAD_SAFETY_ANALYSIS { mutex.unlock(place); }
void TryToTake(Mutex& mutex, SourcePlace place = SourcePlace::Here()) LS_NO_THREAD_SAFETY_ANALYSIS {
  static_cast<void>(mutex.try_lock(place));
}
void WaitWith(ConditionVariable& condition, Mutex& mutex, SourcePlace place = SourcePlace::Here())
    LS_NO_THREAD_SAFETY_ANALYSIS {
  condition.wait(mutex, place);
}

// Under the policy kAbort, the default: each breach ends the program with one line.
class GuardDeathTest : public ::testing::Test {
 protected:
  GuardDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  Mutex server_{kServerLock, "server"};
  Mutex alice_{kClientLock, "alice"};
  Mutex bob_{kClientLock, "bob"};
  Mutex driver_{kDriverLock, "driver"};
  Mutex loop_{kLoopLock, "loop"};
  const NamedThread self_{"ann"};
};

// The client's lock in one hold with the server's, as it should be; by another thread, which is then the last holder.
void HoldOnce(Mutex& server, Mutex& client, const char* thread) {
  Thread other(thread, Role::kNone, [&] {
    const MutexLock server_lock(server);
    const MutexLock client_lock(client);
  });
  other.Join();
}

// Another program's: no rule of the model is about it.
inline constexpr LockClass kAccountLock{"account", 10};
inline constexpr LockClass kPageLock{"page", 20, &kAccountLock};

TEST_F(GuardDeathTest, ABreachOfAnotherProgramsOrderNamesNoRuleOfTheModel) {
  Mutex one(kAccountLock, "one");
  Mutex two(kAccountLock, "two");
  EXPECT_DEATH(
      {
        Take(one);
        Take(two);
      },
      "lockscope: the order of locks is broken: ann asks for the account lock 'two' at "
      "tests/core/sync/guard_test.cc:[0-9]+ while it holds the account lock 'one' \\(taken at ");
}

TEST_F(GuardDeathTest, AClassThatAnotherProgramRequiresToBeHeldIsNamed) {
  Mutex page(kPageLock, "page 7");
  EXPECT_DEATH(Take(page),
               "the order of locks is broken: ann asks for the page lock 'page 7' at .* without holding the "
               "account lock; no thread has held the page lock 'page 7' yet");
}

TEST_F(GuardDeathTest, TheServerLockUnderAClientLockBreaksR1) {
  EXPECT_DEATH(
      {
        Take(server_);
        Take(alice_);
        Drop(server_);
        Take(server_);
      },
      "rule R1 server-before-client is broken: ann asks for the server lock 'server' at "
      "tests/core/sync/guard_test.cc:[0-9]+ while it holds the client lock 'alice' \\(taken at "
      "tests/core/sync/guard_test.cc:[0-9]+\\); ann held the server lock 'server' last \\(taken at ");
}

TEST_F(GuardDeathTest, ABreachNamesTheOtherThreadThatHoldsTheLockNow) {
  EXPECT_DEATH(
      {
        // Ann holds a client's lock only; ben holds the server's, and keeps it.
        Take(server_);
        Take(alice_);
        Drop(server_);
        Thread ben("ben", Role::kNone, [&] {
          Take(server_);
          Thread cat("cat", Role::kNone, [] {});
          cat.Join();
          Take(bob_);
          Take(alice_);
        });
        ben.Join();
      },
      "ben asks for the client lock 'alice' at tests/core/sync/guard_test.cc:[0-9]+ while it holds the client lock "
      "'bob' "
      "\\(taken at tests/core/sync/guard_test.cc:[0-9]+\\); ann holds the client lock 'alice' \\(taken at "
      "tests/core/sync/guard_test.cc:[0-9]+\\)");
}

TEST_F(GuardDeathTest, AClientLockWithoutTheServerLockBreaksR1AlthoughItsRankIsInOrder) {
  HoldOnce(server_, alice_, "ben");
  EXPECT_DEATH(
      Take(alice_),
      "rule R1 server-before-client is broken: ann asks for the client lock 'alice' at "
      "tests/core/sync/guard_test.cc:[0-9]+ without holding the server lock; .* held the client lock 'alice' last "
      "\\(taken at tests/core/sync/guard_test.cc:[0-9]+\\)");
}

TEST_F(GuardDeathTest, ATryIsHeldToTheSameRule) {
  EXPECT_DEATH(TryToTake(alice_), "R1 server-before-client .* without holding the server lock");
}

TEST_F(GuardDeathTest, TwoClientLocksBreakR1) {
  EXPECT_DEATH(
      {
        Take(server_);
        Take(alice_);
        Take(bob_);
      },
      "R1 server-before-client is broken: ann asks for the client lock 'bob' .* while it holds the client lock "
      "'alice'");
}

TEST_F(GuardDeathTest, AskingForTheSameLockTwiceBreaksR1) {
  EXPECT_DEATH(
      {
        Take(server_);
        Take(server_);
      },
      "R1 .*: ann asks for the server lock 'server' .* while it holds the server lock 'server'");
}

TEST_F(GuardDeathTest, AnythingUnderTheLoopLockBreaksR2) {
  EXPECT_DEATH(
      {
        Take(loop_);
        Take(server_);
      },
      "rule R2 loop-lock-is-a-leaf is broken: ann asks for the server lock 'server' .* holds the loop lock 'loop'");
  EXPECT_DEATH(
      {
        Take(loop_);
        Take(driver_);
      },
      "rule R2 loop-lock-is-a-leaf is broken");
}

TEST_F(GuardDeathTest, ADriverCallUnderAServerOrClientLockBreaksR3) {
  EXPECT_DEATH(
      {
        Take(server_);
        CheckDriverCall(kNoObject, "hostname");
      },
      "rule R3 no-lock-across-a-call is broken: ann makes the driver call hostname at "
      "tests/core/sync/guard_test.cc:[0-9]+ while it holds the server lock 'server' \\(taken at ");
  EXPECT_DEATH(
      {
        Take(server_);
        Take(alice_);
        Drop(server_);
        CheckDriverCall(kNoObject, "hostname");
      },
      "R3 no-lock-across-a-call is broken: .* while it holds the client lock 'alice'");
}

TEST_F(GuardDeathTest, AWaitWithASecondLockBreaksR5) {
  ConditionVariable job("job", server_);
  EXPECT_DEATH(
      {
        Take(server_);
        Take(alice_);
        WaitWith(job, server_);
      },
      "rule R5 wait-with-own-mutex-only is broken: ann waits at tests/core/sync/guard_test.cc:[0-9]+ with the server "
      "lock "
      "'server', while it also holds the client lock 'alice'");
}

TEST_F(GuardDeathTest, AThreadOfAnotherRoleBreaksR7) {
  EXPECT_DEATH(
      {
        const NamedThread worker("worker-1", Role::kWorker);
        CheckRole(Role::kEventLoop, 7, "closes a client's connection");
      },
      "rule R7 only-the-loop-does-I/O is broken: worker-1 is a thread of the role worker, but at "
      "tests/core/sync/guard_test.cc:[0-9]+ it closes a client's connection: that is for the role event loop");
}

TEST_F(GuardDeathTest, ALockThatIsHeldWhereNoneMayBeBreaksTheRuleOfThatLock) {
  EXPECT_DEATH(
      {
        Take(server_);
        AssertNothingHeld();
      },
      "rule R1 server-before-client is broken: ann comes to tests/core/sync/guard_test.cc:[0-9]+, where nothing may be "
      "held, while it holds the server lock 'server' \\(taken at ");
  EXPECT_DEATH(
      {
        Take(server_);
        Take(loop_);
        AssertNothingHeld();
      },
      "rule R2 loop-lock-is-a-leaf is broken: ann comes to .* while it holds the loop lock 'loop' \\(taken at ");
}

TEST_F(GuardDeathTest, ALockOfAnotherProgramThatIsHeldWhereNoneMayBeNamesNoRuleOfTheModel) {
  Mutex one(kAccountLock, "one");
  EXPECT_DEATH(
      {
        Take(one);
        AssertNothingHeld();
      },
      "lockscope: the order of locks is broken: ann comes to .* while it holds the account lock 'one'");
}

// Under the policy kRecord: the breach is in the recording, and the run goes on to what follows from it.
class GuardRecordTest : public ::testing::Test {
 protected:
  GuardRecordTest() : before_(BreachCount()) { SetGuardPolicy(GuardPolicy::kRecord); }
  ~GuardRecordTest() override { SetGuardPolicy(GuardPolicy::kAbort); }
  uint64_t breaches() const { return BreachCount() - before_; }

  const uint64_t before_;
  Mutex server_{kServerLock, "server"};
  Mutex alice_{kClientLock, "alice"};
  Mutex bob_{kClientLock, "bob"};
};

TEST_F(GuardRecordTest, ABreachIsAnEventAndTheLockIsTakenAllTheSame) {
  RecordedRun run;
  const NamedThread self("ann");
  { const MutexLock lock(alice_); }
  const Trace trace = run.Finish();
  EXPECT_EQ(breaches(), 1u);
  EXPECT_THAT(Story(trace, "ann"),
              ElementsAre("thread_started ann", "rule_broken alice", "lock_acquired alice", "lock_released alice"));
  const trace::Event& broken = trace.event(StepsOfKind(trace, EventKind::kRuleBroken)[0]);
  EXPECT_EQ(trace::RuleOf(broken.arg()), 1);
  EXPECT_EQ(trace::ObjectOfRule(broken.arg()), kNoObject) << "no lock is in the way: one is missing";
}

TEST_F(GuardRecordTest, ItNamesTheLockThatIsHeld) {
  RecordedRun run;
  {
    const MutexLock server_lock(server_);
    const MutexLock lock_of_alice(alice_);
    const MutexLock lock_of_bob(bob_);
  }
  const Trace trace = run.Finish();
  const std::vector<size_t> broken = StepsOfKind(trace, EventKind::kRuleBroken);
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_EQ(trace.Name(trace.event(broken[0]).object()), "bob");
  EXPECT_EQ(trace.Name(trace::ObjectOfRule(trace.event(broken[0]).arg())), "alice");
}

TEST_F(GuardRecordTest, ADriverCallUnderALockIsRecordedWithItsProcedure) {
  RecordedRun run;
  const trace::RegisteredObject procedure(trace::ObjectType::kProcedure, "hostname");
  {
    const MutexLock lock(server_);
    CheckDriverCall(procedure.id(), "hostname");
  }
  const Trace trace = run.Finish();
  const trace::Event& broken = trace.event(StepsOfKind(trace, EventKind::kRuleBroken).at(0));
  EXPECT_EQ(trace.Name(broken.object()), "hostname");
  EXPECT_EQ(trace::RuleOf(broken.arg()), 3);
  EXPECT_EQ(trace.Name(trace::ObjectOfRule(broken.arg())), "server");
}

TEST_F(GuardRecordTest, WhatIsInOrderIsNoBreach) {
  Mutex driver(kDriverLock, "driver");
  Mutex loop(kLoopLock, "loop");
  {
    MutexLock server_lock(server_);
    const MutexLock client_lock(alice_);
    server_lock.unlock();
    const MutexLock loop_lock(loop);
  }
  {
    const MutexLock driver_lock(driver);
    CheckDriverCall(kNoObject, "hostname");  // The driver's own lock is its own business.
  }
  const MutexLock loop_lock(loop);
  EXPECT_EQ(breaches(), 0u);
}

TEST_F(GuardRecordTest, AThreadWithoutARoleIsHeldToNone) {
  CheckRole(Role::kEventLoop, 7, "reads");
  const NamedThread loop("loop", Role::kEventLoop);
  CheckRole(Role::kEventLoop, 7, "reads");
  EXPECT_EQ(breaches(), 0u);
  const NamedThread worker("worker", Role::kWorker);
  CheckRole(Role::kEventLoop, 7, "reads");
  EXPECT_EQ(breaches(), 1u);
}

}  // namespace
}  // namespace lockscope::sync
