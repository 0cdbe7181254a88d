#include "core/sync/mutex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(MutexTest, AnAcquisitionAndItsReleaseHaveTheSameSequenceNumber) {
  RecordedRun run;
  Mutex mutex(kServerLock, "server");
  for (int i = 0; i < 3; ++i) {
    mutex.lock();
    mutex.unlock();
  }
  const Trace trace = run.Finish();
  const std::vector<size_t> acquired = StepsOfKind(trace, EventKind::kLockAcquired);
  const std::vector<size_t> released = StepsOfKind(trace, EventKind::kLockReleased);
  ASSERT_EQ(acquired.size(), 3u);
  ASSERT_EQ(released.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(trace.event(acquired[i]).arg(), i + 1);
    EXPECT_EQ(trace.event(released[i]).arg(), i + 1);
    EXPECT_EQ(trace.Name(trace.event(acquired[i]).object()), "server");
  }
  EXPECT_EQ(trace.object(trace.event(acquired[0]).object()).lock_class, "server");
  EXPECT_TRUE(StepsOfKind(trace, EventKind::kLockRequested).empty()) << "nobody was in the way";
}

TEST(MutexTest, EventsNameThePlaceOfTheCall) {
  RecordedRun run;
  Mutex mutex(kServerLock, "server");
  const int line = __LINE__ + 1;
  mutex.lock();
  mutex.unlock();
  const Trace trace = run.Finish();
  EXPECT_EQ(trace.Place(StepsOfKind(trace, EventKind::kLockAcquired)[0]),
            "tests/core/sync/mutex_test.cc:" + std::to_string(line));
  EXPECT_EQ(trace.Place(StepsOfKind(trace, EventKind::kLockReleased)[0]),
            "tests/core/sync/mutex_test.cc:" + std::to_string(line + 1));
}

TEST(MutexTest, AScopeEndsAtThePlaceWhereItBegan) {
  RecordedRun run;
  Mutex mutex(kServerLock, "server");
  { const MutexLock lock(mutex); }
  const Trace trace = run.Finish();
  EXPECT_EQ(trace.Place(StepsOfKind(trace, EventKind::kLockAcquired)[0]),
            trace.Place(StepsOfKind(trace, EventKind::kLockReleased)[0]));
}

TEST(MutexTest, WhoHasToWaitRecordsARequestThatNamesTheHolder) {
  RecordedRun run;
  Mutex mutex(kServerLock, "server");
  {
    const NamedThread holder("holder");
    mutex.lock();
    Thread waiter("waiter", Role::kNone, [&] { const MutexLock lock(mutex); });
    run.Await("waiter", EventKind::kLockRequested);
    mutex.unlock();
    waiter.Join();
  }
  const Trace trace = run.Finish();
  const std::vector<size_t> requested = StepsOfKind(trace, EventKind::kLockRequested);
  ASSERT_EQ(requested.size(), 1u);
  EXPECT_EQ(trace.Name(trace.event(requested[0]).arg()), "holder");
  EXPECT_THAT(Story(trace, "waiter"),
              ElementsAre("thread_started waiter", "lock_requested server", "lock_acquired server",
                          "lock_released server", "thread_ended waiter"));
}

TEST(MutexTest, ATryThatFailsNamesTheHolderAndAcquiresNothing) {
  RecordedRun run;
  Mutex mutex(kServerLock, "server");
  {
    const NamedThread holder("holder");
    mutex.lock();
    Thread other("other", Role::kNone, [&] {
      EXPECT_FALSE(mutex.try_lock());
      EXPECT_TRUE(ThreadState::Current().held().empty());
    });
    other.Join();
    mutex.unlock();
  }
  const Trace trace = run.Finish();
  const std::vector<size_t> failed = StepsOfKind(trace, EventKind::kLockTryFailed);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(trace.Name(trace.event(failed[0]).arg()), "holder");
  EXPECT_EQ(trace.Name(trace.thread(failed[0])), "other");
}

TEST(MutexTest, ATryThatSucceedsIsAnAcquisition) {
  RecordedRun run;
  Mutex mutex(kServerLock, "server");
  const NamedThread self("self");
  if (!mutex.try_lock()) FAIL() << "nobody holds it";
  mutex.unlock();
  EXPECT_THAT(Story(run.Finish(), "self"),
              ElementsAre("thread_started self", "lock_acquired server", "lock_released server"));
}

TEST(MutexTest, HoldsOverlapWithoutNesting) {
  RecordedRun run;
  Mutex server(kServerLock, "server");
  Mutex client(kClientLock, "alice");
  const NamedThread self("self");
  {
    MutexLock server_lock(server);
    const MutexLock client_lock(client);
    server_lock.unlock();
    ASSERT_EQ(ThreadState::Current().held().size(), 1u);
    EXPECT_EQ(ThreadState::Current().held()[0].mutex, &client);
  }
  EXPECT_TRUE(ThreadState::Current().held().empty());
  EXPECT_THAT(Story(run.Finish(), "self"),
              ElementsAre("thread_started self", "lock_acquired server", "lock_acquired alice", "lock_released server",
                          "lock_released alice"));
}

TEST(MutexTest, KnowsWhoHoldsItAndWhoHeldItLast) {
  Mutex mutex(kServerLock, "server");
  EXPECT_EQ(mutex.holder(), kNoObject);
  const NamedThread self("self");
  const ObjectId id = ThreadState::Current().id();
  mutex.lock();
  EXPECT_EQ(mutex.holder(), id);
  mutex.unlock();
  EXPECT_EQ(mutex.holder(), kNoObject);
  EXPECT_EQ(mutex.owner().thread, id);
}

TEST(MutexDeathTest, ReleasingWhatOneDoesNotHoldIsOurOwnBug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Mutex mutex(kServerLock, "server");
  const NamedThread self("clumsy");
  EXPECT_DEATH(mutex.RecordRelease(ThreadState::Current(), kUnknownSite),
               "clumsy releases server, which it does not hold");
}

}  // namespace
}  // namespace lockscope::sync
