// Locks while neither a recording nor the guard looks at them, and what happens at the edges: taken unseen and released seen,
// and the other way round.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/condition_variable.h"
#include "core/sync/guard.h"
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

// Locks are taken and dropped in turns that no scope has. Without the exemption: "mutex 'mutex' is still held at the end of
// function".
void Take(Mutex& mutex) LS_NO_THREAD_SAFETY_ANALYSIS { mutex.lock(); }
void Drop(Mutex& mutex) LS_NO_THREAD_SAFETY_ANALYSIS { mutex.unlock(); }
bool WaitShortly(ConditionVariable& condition, Mutex& mutex) LS_NO_THREAD_SAFETY_ANALYSIS {
  return condition.wait_for(mutex, 1);
}

class UnwatchedTest : public ::testing::Test {
 protected:
  UnwatchedTest() { SetGuardPolicy(GuardPolicy::kOff); }
  ~UnwatchedTest() override { SetGuardPolicy(GuardPolicy::kAbort); }

  Mutex server_{kServerLock, "server"};
  Mutex alice_{kClientLock, "alice"};
};

TEST_F(UnwatchedTest, NothingIsCheckedOrKnown) {
  Take(alice_);  // Without the server lock: with the guard on this would be the end.
  EXPECT_EQ(alice_.holder(), kNoObject);
  EXPECT_TRUE(ThreadState::Current().held().empty());
  CheckDriverCall(kNoObject, "hostname");
  Drop(alice_);
}

TEST_F(UnwatchedTest, ALockExcludesAllTheSame) {
  Take(server_);
  bool taken = true;
  Thread other("other", Role::kNone, [&] {
    taken = server_.try_lock();
    if (taken) Drop(server_);
  });
  other.Join();
  EXPECT_FALSE(taken);
  Drop(server_);
}

TEST_F(UnwatchedTest, AConditionWakesAllTheSame) {
  ConditionVariable job("job", server_);
  bool there = false;
  Thread waiter("waiter", Role::kNone, [&] {
    const MutexLock lock(server_);
    while (!there) job.wait(server_);
  });
  {
    const MutexLock lock(server_);
    there = true;
  }
  job.signal();
  waiter.Join();
  const MutexLock lock(server_);
  EXPECT_FALSE(job.wait_for(server_, 1));
}

TEST_F(UnwatchedTest, WhatWasTakenUnseenIsReleasedUnseen) {
  Take(server_);
  RecordedRun run;
  const NamedThread self("self");
  Drop(server_);
  Take(server_);
  Drop(server_);
  EXPECT_THAT(Story(run.Finish(), "self"),
              ElementsAre("thread_started self", "lock_acquired server", "lock_released server"));
}

TEST_F(UnwatchedTest, AWaitWithALockThatWasTakenUnseenIsUnseenToo) {
  ConditionVariable job("job", server_);
  Take(server_);
  SetGuardPolicy(GuardPolicy::kAbort);
  EXPECT_FALSE(WaitShortly(job, server_));
  Drop(server_);
  EXPECT_TRUE(ThreadState::Current().held().empty());
}

TEST_F(UnwatchedTest, WhatWasTakenUnderTheGuardIsKnownToBeReleasedWithoutIt) {
  SetGuardPolicy(GuardPolicy::kAbort);
  Take(server_);
  ASSERT_EQ(ThreadState::Current().held().size(), 1u);
  SetGuardPolicy(GuardPolicy::kOff);
  Drop(server_);
  EXPECT_TRUE(ThreadState::Current().held().empty());
  EXPECT_EQ(server_.holder(), kNoObject);
}

TEST_F(UnwatchedTest, ARecordingSeesLocksWithoutTheGuard) {
  RecordedRun run;
  const NamedThread self("self");
  Take(alice_);
  EXPECT_TRUE(ThreadState::Current().held().empty()) << "a list for nobody";
  EXPECT_EQ(alice_.holder(), ThreadState::Current().id()) << "for those who wait";
  Drop(alice_);
  EXPECT_THAT(Story(run.Finish(), "self"),
              ElementsAre("thread_started self", "lock_acquired alice", "lock_released alice"));
}

class ContendedOnlyTest : public ::testing::Test {
 protected:
  Mutex server_{kServerLock, "server"};
  Mutex alice_{kClientLock, "alice"};
  RecordedRun run_{trace::Recorder::Detail::kContendedOnly};
};

TEST_F(ContendedOnlyTest, AnAcquisitionThatNeedNotWaitIsOnlyCounted) {
  const NamedThread self("self");
  for (int i = 0; i < 3; ++i) {
    Take(server_);
    Take(alice_);
    Drop(server_);
    Drop(alice_);
  }
  const trace::Trace trace = run_.Finish();
  EXPECT_THAT(Story(trace, "self"), ElementsAre("thread_started self"));
  EXPECT_EQ(trace.Meta("locks"), "contended");
}

TEST_F(ContendedOnlyTest, AWaitNamesTheHolderAndItsHoldIsRecordedWithItsNumber) {
  {
    const NamedThread holder("holder");
    Take(server_);
    Drop(server_);
    Take(server_);
    Thread waiter("waiter", Role::kNone, [&] { const MutexLock lock(server_); });
    run_.Await("waiter", EventKind::kLockRequested);
    Drop(server_);
    waiter.Join();
  }
  const trace::Trace trace = run_.Finish();
  EXPECT_THAT(Story(trace, "waiter"),
              ElementsAre("thread_started waiter", "lock_requested server", "lock_acquired server",
                          "lock_released server", "thread_ended waiter"));
  const trace::Event& requested = trace.event(StepsOfKind(trace, EventKind::kLockRequested).at(0));
  EXPECT_EQ(trace.Name(requested.arg()), "holder");
  const trace::Event& acquired = trace.event(StepsOfKind(trace, EventKind::kLockAcquired).at(0));
  EXPECT_EQ(acquired.arg(), 3u) << "two more went before it";
}

TEST_F(ContendedOnlyTest, WhatSurroundsAWaitIsRecordedWhole) {
  ConditionVariable job("job", server_);
  const NamedThread self("self");
  {
    const MutexLock lock(server_);
    EXPECT_FALSE(job.wait_for(server_, 1));
  }
  EXPECT_THAT(Story(run_.Finish(), "self"),
              ElementsAre("thread_started self", "wait_began job", "lock_released server", "lock_acquired server",
                          "wait_ended job", "lock_released server"));
}

TEST_F(ContendedOnlyTest, TheGuardKnowsWhatIsHeldAllTheSame) {
  Take(server_);
  Take(alice_);
  EXPECT_EQ(ThreadState::Current().held().size(), 2u);
  Drop(alice_);
  Drop(server_);
  EXPECT_TRUE(ThreadState::Current().held().empty());
}

}  // namespace
}  // namespace lockscope::sync
