#include "core/sync/condition_variable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/thread.h"
#include "tests/support/recorded_run.h"

namespace lockscope::sync {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::RecordedRun;
using testing::StepsOfKind;
using testing::Story;
using trace::EventKind;
using trace::Trace;

class ConditionVariableTest : public ::testing::Test {
 protected:
  void WaitUntilOpen() LS_REQUIRES(!mu_) {
    const MutexLock lock(mu_);
    while (!open_) opened_.wait(mu_);
  }
  void Open() LS_REQUIRES(!mu_) {
    const MutexLock lock(mu_);
    open_ = true;
  }

  Mutex mu_{kDriverLock, "gate"};
  ConditionVariable opened_{"opened", mu_};
  bool open_ LS_GUARDED_BY(mu_) = false;
};

TEST_F(ConditionVariableTest, AWaitIsFourEventsAroundTheSleep) {
  RecordedRun run;
  Thread waiter("waiter", Role::kNone, [this] { WaitUntilOpen(); });
  run.Await("waiter", EventKind::kWaitBegan);
  Open();
  opened_.signal();
  waiter.Join();
  const Trace trace = run.Finish();
  std::vector<std::string> story = Story(trace, "waiter");
  // A wake-up without a signal may come at any time; it adds the same four events once more.
  const std::vector<std::string> wait = {"wait_began opened", "lock_released gate", "lock_acquired gate",
                                         "wait_ended opened"};
  ASSERT_GE(story.size(), 8u);
  while (story.size() > 8) {
    ASSERT_TRUE(std::equal(wait.begin(), wait.end(), story.begin() + 2));
    story.erase(story.begin() + 2, story.begin() + 6);
  }
  EXPECT_THAT(story,
              ElementsAre("thread_started waiter", "lock_acquired gate", "wait_began opened", "lock_released gate",
                          "lock_acquired gate", "wait_ended opened", "lock_released gate", "thread_ended waiter"));
  const size_t began = StepsOfKind(trace, EventKind::kWaitBegan)[0];
  EXPECT_EQ(trace.Name(trace.event(began).arg()), "gate");
  EXPECT_EQ(trace.object(trace.event(began).object()).parent, trace.event(began).arg()) << "the condition's own mutex";
}

TEST_F(ConditionVariableTest, ABroadcastEndsEveryWait) {
  RecordedRun run;
  Thread first("first", Role::kNone, [this] { WaitUntilOpen(); });
  Thread second("second", Role::kNone, [this] { WaitUntilOpen(); });
  run.Await("first", EventKind::kWaitBegan);
  run.Await("second", EventKind::kWaitBegan);
  Open();
  opened_.broadcast();
  first.Join();
  second.Join();
  const Trace trace = run.Finish();
  EXPECT_EQ(StepsOfKind(trace, EventKind::kConditionBroadcast).size(), 1u);
  EXPECT_THAT(Story(trace, "first"), Contains("wait_ended opened"));
  EXPECT_THAT(Story(trace, "second"), Contains("wait_ended opened"));
}

TEST_F(ConditionVariableTest, ASignalThatFindsNobodyIsRecordedAndForgotten) {
  RecordedRun run;
  const NamedThread self("self");
  opened_.signal();
  opened_.broadcast();
  EXPECT_THAT(Story(run.Finish(), "self"),
              ElementsAre("thread_started self", "condition_signalled opened", "condition_broadcast opened"));
}

using ConditionVariableDeathTest = ConditionVariableTest;

TEST_F(ConditionVariableDeathTest, AWaitWithAnotherMutexIsOurOwnBug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Mutex other(kDriverLock, "other");
  EXPECT_DEATH(
      {
        const MutexLock lock(other);
        opened_.wait(other);
      },
      "opened is waited on with other, but belongs to gate");
}

}  // namespace
}  // namespace lockscope::sync
