#include "core/sync/thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pthread.h>
#include <signal.h>

#include <array>
#include <thread>

#include "core/sync/mutex.h"
#include "tests/support/recorded_run.h"
#include "tests/support/signal_storm.h"

namespace lockscope::sync {
namespace {

using ::testing::ElementsAre;
using testing::RecordedRun;
using testing::StepsOfKind;
using testing::Story;
using trace::EventKind;
using trace::Trace;

TEST(ThreadTest, ItsStartRoleAndEndAreRecordedByItselfItsJoinByTheJoiner) {
  RecordedRun run;
  {
    const NamedThread parent("parent");
    Thread child("child", Role::kWorker, [] { EXPECT_EQ(ThreadState::Current().name(), "child"); });
    child.Join();
  }
  const Trace trace = run.Finish();
  EXPECT_THAT(Story(trace, "child"), ElementsAre("thread_started child", "thread_role child", "thread_ended child"));
  EXPECT_THAT(Story(trace, "parent"),
              ElementsAre("thread_started parent", "join_began child", "thread_joined child", "thread_ended parent"));
  const size_t started = StepsOfKind(trace, EventKind::kThreadStarted)[1];
  EXPECT_EQ(trace.Name(trace.event(started).arg()), "parent");
  const size_t role = StepsOfKind(trace, EventKind::kThreadRole)[0];
  EXPECT_EQ(static_cast<Role>(trace.event(role).arg()), Role::kWorker);
}

TEST(ThreadTest, TheEndOfAThreadComesBeforeItsJoin) {
  RecordedRun run;
  Thread child("child", Role::kNone, [] {});
  child.Join();
  const Trace trace = run.Finish();
  EXPECT_LT(StepsOfKind(trace, EventKind::kThreadEnded)[0], StepsOfKind(trace, EventKind::kThreadJoined)[0]);
}

TEST(ThreadTest, AThreadOfNobodysMakingIsAdoptedAtItsFirstEvent) {
  RecordedRun run;
  Mutex mutex(kServerLock, "server");
  ObjectId first = kNoObject;
  std::thread stranger([&] {
    { const MutexLock lock(mutex); }
    first = ThreadState::Current().id();
  });
  stranger.join();
  ObjectId second = kNoObject;
  std::thread another([&] { second = ThreadState::Current().id(); });
  another.join();
  EXPECT_NE(first, second);
  EXPECT_EQ(trace::NameOfObject(first), "") << "gone with its thread";
  EXPECT_THAT(Story(run.Finish(), "thread"), ElementsAre("thread_started thread", "lock_acquired server",
                                                         "lock_released server", "thread_started thread"));
}

TEST(ThreadTest, ANamedThreadIsThatForAScope) {
  const ObjectId before = ThreadState::Current().id();
  {
    const NamedThread named("leader", Role::kLeader);
    EXPECT_EQ(ThreadState::Current().name(), "leader");
    EXPECT_EQ(ThreadState::Current().role(), Role::kLeader);
    EXPECT_NE(ThreadState::Current().id(), before);
  }
  EXPECT_EQ(ThreadState::Current().id(), before);
}

TEST(ThreadTest, ARoleMayChange) {
  RecordedRun run;
  const NamedThread named("main");
  TakeRole(Role::kLeader);
  EXPECT_EQ(ThreadState::Current().role(), Role::kLeader);
  const Trace trace = run.Finish();
  const std::vector<size_t> roles = StepsOfKind(trace, EventKind::kThreadRole);
  ASSERT_EQ(roles.size(), 1u);
  EXPECT_EQ(static_cast<Role>(trace.event(roles[0]).arg()), Role::kLeader);
}

TEST(ThreadTest, SleepingTakesAtLeastTheTime) {
  const int64_t before = NowNs();
  SleepFor(1'000'000);
  EXPECT_GE(NowNs() - before, 1'000'000);
}

TEST(ThreadDeathTest, AThreadThatNobodyJoinedIsOurOwnBug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH({ const Thread child("child", Role::kNone, [] {}); },
               "the thread child is destroyed, but nobody joined");
}

TEST(ThreadDeathTest, AThreadMustNotEndHoldingALock) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Mutex mutex(kServerLock, "server");
        Thread child("child", Role::kNone, [&] { mutex.RecordAcquire(ThreadState::Current(), kUnknownSite, false); });
        child.Join();
      },
      "child ends with 1 locks held");
}

TEST(ThreadTest, TheSystemKnowsItsName) {
  std::array<char, 16> found{};
  Thread child("a worker with a long name", Role::kNone,
               [&] { ASSERT_EQ(::pthread_getname_np(::pthread_self(), found.data(), found.size()), 0); });
  child.Join();
  EXPECT_STREQ(found.data(), "a worker with a");
}

// A signal that the storm sent and that has not come yet must not end the process when the storm is over.
TEST(SignalStormTest, LeavesNothingPending) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &signals, nullptr), 0);
  {
    const testing::SignalStorm storm;
    sigset_t pending;
    do {
      ASSERT_EQ(::sigpending(&pending), 0);
    } while (!sigismember(&pending, SIGUSR1));
  }
  ASSERT_EQ(::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr), 0);
}

// Each interruption comes as soon as the one before is over: time passes outside of the sleep alone.
TEST(SleepTest, EndsHoweverOftenItIsInterrupted) {
  const testing::SignalStorm storm;
  for (int i = 0; i < 5 || storm.count() < 100; ++i) SleepFor(1'000'000);
  SleepFor(0);
  SleepFor(-1);
}

}  // namespace
}  // namespace lockscope::sync
