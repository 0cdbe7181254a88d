// The event loop on a poller whose readiness and time are the test's.
#include "core/loop/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/support/fake_poller.h"
#include "tests/support/naive_rules.h"
#include "tests/support/random_trace.h"
#include "tests/support/recorded_run.h"

namespace lockscope::loop {
namespace {

using ::testing::ElementsAre;
using testing::FakePoller;
using ::testing::IsEmpty;
using testing::NaiveComplaints;
using testing::RecordedRun;
using testing::StepsOfKind;
using testing::Story;
using trace::EventKind;

constexpr int64_t kMs = 1'000'000;

// Each call proves to the compiler, and checks, what the loop wants to be sure of: that no lock is held.
class EventLoopTest : public ::testing::Test {
 protected:
  void Turn() {
    sync::AssertNothingHeld();
    sync::AssertOnLoopThread("turns");
    loop_.RunOnce();
  }
  WatchId Add(const std::string& name, Handle handle, uint32_t events, EventLoop::HandleCallback callback) {
    sync::AssertNothingHeld();
    return loop_.AddHandle(name, handle, events, std::move(callback));
  }
  // Writes `name` into heard_ each time.
  WatchId Listen(const std::string& name, Handle handle, uint32_t events = kIoReadable) {
    return Add(name, handle, events, [this, name](uint32_t) { heard_.push_back(name); });
  }
  void Update(WatchId id, uint32_t events) {
    sync::AssertNothingHeld();
    loop_.UpdateHandle(id, events);
  }
  void Remove(WatchId id) {
    sync::AssertNothingHeld();
    loop_.RemoveHandle(id);
  }
  TimerId AddTimer(const std::string& name, int64_t delay_ns, int64_t interval_ns = 0) {
    return AddTimer(name, delay_ns, interval_ns, [this, name] { heard_.push_back(name); });
  }
  TimerId AddTimer(const std::string& name, int64_t delay_ns, int64_t interval_ns, EventLoop::TimerCallback callback) {
    sync::AssertNothingHeld();
    return loop_.AddTimer(name, delay_ns, interval_ns, std::move(callback));
  }
  void RemoveTimer(TimerId id) {
    sync::AssertNothingHeld();
    loop_.RemoveTimer(id);
  }
  void WakeUp() {
    sync::AssertNothingHeld();
    loop_.WakeUp();
  }
  size_t watch_count() {
    sync::AssertNothingHeld();
    return loop_.watch_count();
  }
  // What another thread does while the loop sleeps.
  void WhileAsleep(const std::function<void()>& action) {
    poller_.WhileAsleep([action] {
      sync::Thread other("other", sync::Role::kNone, action);
      other.Join();
    });
  }
  std::vector<std::string> Heard() { return std::exchange(heard_, {}); }

  FakePoller poller_;
  EventLoop loop_{poller_};
  std::vector<std::string> heard_;
};

TEST_F(EventLoopTest, RunsTheCallbackOfWhatIsReadyAndSaysWhatFor) {
  const Handle handle = poller_.Add();
  uint32_t told = 0;
  Add("both", handle, kIoReadable | kIoWritable, [&](uint32_t ready) { told = ready; });
  poller_.SetReady(handle, kIoWritable);
  Turn();
  EXPECT_EQ(told, kIoWritable);
  poller_.SetReady(handle, kIoReadable | kIoHangup);
  Turn();
  EXPECT_EQ(told, kIoReadable | kIoHangup);
}

TEST_F(EventLoopTest, CallbacksRunInTheOrderOfTheirHandles) {
  for (const char* name : {"a", "b", "c"}) {
    const Handle handle = poller_.Add();
    poller_.SetReady(handle, kIoReadable);
    Listen(name, handle);
  }
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("a", "b", "c"));
}

TEST_F(EventLoopTest, AHandleWithoutEventsIsNotWatchedNotEvenForAHangUp) {
  const Handle handle = poller_.Add();
  poller_.SetReady(handle, kIoReadable | kIoHangup);
  const WatchId watch = Listen("quiet", handle, 0);
  AddTimer("tick", kMs);
  Turn();
  EXPECT_THAT(poller_.entries(), IsEmpty());
  EXPECT_THAT(Heard(), ElementsAre("tick"));
  Update(watch, kIoReadable);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("quiet"));
  EXPECT_EQ(watch_count(), 1u);
}

TEST_F(EventLoopTest, ACallbackMayRemoveItsOwnHandle) {
  const Handle handle = poller_.Add();
  poller_.SetReady(handle, kIoReadable);
  WatchId watch = 0;
  auto owned = std::make_shared<int>(7);
  const std::weak_ptr<int> alive = owned;
  watch = Add("once", handle, kIoReadable, [&, owned = std::move(owned)](uint32_t) {
    Remove(watch);
    EXPECT_EQ(*owned, 7) << "what a callback owns lives until it has returned";
    heard_.push_back("once");
  });
  Turn();
  EXPECT_FALSE(alive.expired()) << "freed before the next sleep, not under the callback";
  AddTimer("tick", kMs);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("once", "tick"));
  EXPECT_TRUE(alive.expired());
  EXPECT_EQ(watch_count(), 0u);
}

TEST_F(EventLoopTest, ARemovedWatchsHandleIsForgotten) {
  const Handle handle = poller_.Add();
  const WatchId watch = Listen("gone", handle);
  AddTimer("tick", kMs, kMs);
  Turn();
  EXPECT_THAT(poller_.forgotten(), IsEmpty());
  Remove(watch);
  Turn();
  EXPECT_THAT(poller_.forgotten(), ElementsAre(handle));
  EXPECT_THAT(poller_.entries(), IsEmpty());
}

TEST_F(EventLoopTest, WhatACallbackRemovesRunsNoMoreInThatTurn) {
  const Handle first = poller_.Add();
  const Handle second = poller_.Add();
  poller_.SetReady(first, kIoReadable);
  poller_.SetReady(second, kIoReadable);
  WatchId victim = 0;
  Add("killer", first, kIoReadable, [&](uint32_t) { Remove(victim); });
  victim = Listen("victim", second);
  Turn();
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(EventLoopTest, WhatLostInterestInACallbackRunsNoMoreInThatTurn) {
  const Handle first = poller_.Add();
  const Handle second = poller_.Add();
  poller_.SetReady(first, kIoReadable);
  poller_.SetReady(second, kIoReadable);
  WatchId other = 0;
  Add("first", first, kIoReadable, [&](uint32_t) { Update(other, kIoWritable); });
  other = Listen("other", second);
  Turn();
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(EventLoopTest, ACallbackMayAddAHandleThatIsWatchedFromTheNextTurnOn) {
  const Handle first = poller_.Add();
  const Handle second = poller_.Add();
  poller_.SetReady(first, kIoReadable);
  poller_.SetReady(second, kIoReadable);
  WatchId self = 0;
  self = Add("parent", first, kIoReadable, [&](uint32_t) {
    heard_.push_back("parent");
    Listen("child", second);
    Remove(self);
  });
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("parent"));
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("child"));
}

TEST_F(EventLoopTest, ACallbackRunsWithoutTheLoopsLock) {
  const Handle handle = poller_.Add();
  poller_.SetReady(handle, kIoReadable);
  Add("checks", handle, kIoReadable, [&](uint32_t) {
    EXPECT_TRUE(sync::ThreadState::Current().held().empty());
    // Another thread gets the lock meanwhile: were it held, this would hang.
    sync::Thread other("other", sync::Role::kNone, [&] { EXPECT_EQ(watch_count(), 1u); });
    other.Join();
    heard_.push_back("checks");
  });
  AddTimer("timer", 0, 0, [&] {
    EXPECT_TRUE(sync::ThreadState::Current().held().empty());
    heard_.push_back("timer");
  });
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("timer", "checks"));
}

TEST_F(EventLoopTest, TimersFireInOrderAndNeverEarly) {
  const int64_t start = poller_.NowNs();
  AddTimer("late", 30 * kMs);
  AddTimer("early", 10 * kMs);
  AddTimer("middle", 20 * kMs);
  for (const int64_t due : {10, 20, 30}) {
    Turn();
    EXPECT_EQ(poller_.NowNs() - start, due * kMs);
  }
  EXPECT_THAT(Heard(), ElementsAre("early", "middle", "late"));
}

TEST_F(EventLoopTest, ATimerWithAnIntervalFiresUntilItIsRemoved) {
  const int64_t start = poller_.NowNs();
  const TimerId tick = AddTimer("tick", 5 * kMs, 10 * kMs);
  Turn();
  Turn();
  Turn();
  EXPECT_EQ(poller_.NowNs() - start, 25 * kMs);
  RemoveTimer(tick);
  AddTimer("other", 100 * kMs);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("tick", "tick", "tick", "other"));
}

TEST_F(EventLoopTest, ALateIntervalTimerFiresOnceAndCountsFromThen) {
  AddTimer("tick", 10 * kMs, 10 * kMs);
  poller_.Advance(35 * kMs);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("tick"));
  Turn();
  EXPECT_EQ(poller_.timeout_ns(), 10 * kMs);
}

TEST_F(EventLoopTest, ATimerMayRemoveItselfAndOthersAndAddNewOnes) {
  TimerId self = 0;
  TimerId other = 0;
  self = AddTimer("self", kMs, kMs, [&] {
    heard_.push_back("self");
    RemoveTimer(self);
    RemoveTimer(other);
    AddTimer("new", 0);
  });
  other = AddTimer("other", kMs);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("self"));
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("new"));
}

TEST_F(EventLoopTest, TimersThatAreDueInOneTurnFireInTheOrderOfTheirTimes) {
  AddTimer("late", 30 * kMs);
  AddTimer("early", 10 * kMs);
  AddTimer("middle", 20 * kMs);
  AddTimer("as late", 30 * kMs);
  poller_.Advance(50 * kMs);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("early", "middle", "late", "as late"));
}

TEST_F(EventLoopTest, ATimersCallbackAndWhatItOwnsLiveUntilItHasReturned) {
  TimerId self = 0;
  auto owned = std::make_shared<int>(7);
  const std::weak_ptr<int> alive = owned;
  self = AddTimer("self", 0, kMs, [&, owned = std::move(owned)] {
    RemoveTimer(self);
    EXPECT_EQ(*owned, 7);
  });
  Turn();
  EXPECT_FALSE(alive.expired()) << "freed before the next sleep, not under the callback";
  AddTimer("tick", kMs);
  Turn();
  EXPECT_TRUE(alive.expired());
}

TEST_F(EventLoopTest, ATimerMayRemoveAHandleThatIsReadyInTheSameTurnAndAHandleATimerThatIsDueInTheNext) {
  const Handle first = poller_.Add();
  const Handle second = poller_.Add();
  poller_.SetReady(first, kIoReadable);
  poller_.SetReady(second, kIoReadable);
  const WatchId victim = Listen("victim", first);
  AddTimer("timer", 0, 0, [&] { Remove(victim); });
  const TimerId tick = AddTimer("tick", kMs, kMs);
  Add("watch", second, kIoReadable, [&](uint32_t) {
    heard_.push_back("watch");
    RemoveTimer(tick);
  });
  Turn();
  poller_.Advance(5 * kMs);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("watch", "watch"));
}

TEST_F(EventLoopTest, ACallbackMayRemoveAllHandlesAndTimersAtOnce) {
  std::vector<WatchId> watches;
  std::vector<TimerId> timers;
  const auto remove_all = [&] {
    for (const WatchId watch : watches) Remove(watch);
    for (const TimerId timer : timers) RemoveTimer(timer);
  };
  for (int i = 0; i < 3; ++i) {
    const Handle handle = poller_.Add();
    poller_.SetReady(handle, kIoReadable);
    watches.push_back(Add("watch", handle, kIoReadable, [&](uint32_t) {
      heard_.push_back("watch");
      remove_all();
    }));
  }
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("watch"));
  for (int i = 0; i < 3; ++i) {
    timers.push_back(AddTimer("timer", 0, kMs, [&] {
      heard_.push_back("timer");
      remove_all();
    }));
  }
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("timer"));
  EXPECT_EQ(watch_count(), 0u);
}

// What a callback owns may be anything: here, when it goes, the loop gets a new timer and a new handle, after the set of
// handles for the sleep has been made. The loop must not sleep for ever without them.
TEST_F(EventLoopTest, WhatIsAddedWhileThingsAreFreedIsNotSleptOver) {
  const Handle handle = poller_.Add();
  poller_.SetReady(handle, kIoReadable);
  std::shared_ptr<int> goes(new int(0), [&](const int* value) {
    delete value;
    Listen("added watch", handle);
    AddTimer("added timer", kMs);
  });
  const WatchId watch = Add("owner", poller_.Add(), kIoReadable, [goes](uint32_t) {});
  goes.reset();
  Remove(watch);
  Turn();  // Would end the program if it slept for ever.
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("added watch"));
  poller_.SetReady(handle, 0);
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("added timer"));
}

TEST_F(EventLoopTest, AChangeByAnotherThreadEndsTheSleepOnceAndOneByTheLoopItselfDoesNot) {
  const Handle handle = poller_.Add();
  poller_.SetReady(handle, kIoWritable);
  const WatchId watch = Listen("watch", handle, 0);
  EXPECT_EQ(poller_.wake_ups(), 0) << "nothing sleeps yet";
  WhileAsleep([&] {
    Update(watch, kIoWritable);
    Update(watch, kIoReadable);
    Update(watch, kIoWritable);
  });
  Turn();
  EXPECT_EQ(poller_.wake_ups(), 1);
  EXPECT_THAT(Heard(), IsEmpty()) << "the sleep had begun with the older set of handles";
  Turn();
  EXPECT_THAT(Heard(), ElementsAre("watch"));
  Add("own", poller_.Add(), 0, [](uint32_t) {});
  EXPECT_EQ(poller_.wake_ups(), 1);
}

TEST_F(EventLoopTest, AnUpdateThatChangesNothingWakesNobody) {
  const WatchId watch = Listen("watch", poller_.Add(), kIoReadable);
  AddTimer("tick", kMs);
  WhileAsleep([&] { Update(watch, kIoReadable); });
  Turn();
  EXPECT_EQ(poller_.wake_ups(), 0);
}

TEST_F(EventLoopTest, AnEarlierTimerOfAnotherThreadShortensTheSleep) {
  AddTimer("late", 100 * kMs);
  WhileAsleep([&] { AddTimer("early", kMs); });
  Turn();
  EXPECT_EQ(poller_.wake_ups(), 1);
  Turn();
  EXPECT_EQ(poller_.timeout_ns(), kMs);
  EXPECT_THAT(Heard(), ElementsAre("early"));
}

TEST_F(EventLoopTest, AWakeUpBetweenTwoSleepsKeepsTheNextOneShort) {
  WakeUp();  // The first sleep has not begun.
  Turn();    // Would end the program if it slept for ever.
  EXPECT_EQ(poller_.timeout_ns(), 0);
  sync::Thread other("other", sync::Role::kNone, [&] { WakeUp(); });
  other.Join();
  Turn();
  EXPECT_EQ(poller_.timeout_ns(), 0);
  AddTimer("tick", kMs);
  Turn();
  EXPECT_EQ(poller_.timeout_ns(), kMs) << "that was one sleep, not all of them";
}

TEST_F(EventLoopTest, AWatchThatAnotherThreadRemovesWhileTheLoopSleepsRunsNoMore) {
  const Handle handle = poller_.Add();
  const WatchId watch = Listen("watch", handle);
  WhileAsleep([&] {
    poller_.SetReady(handle, kIoReadable);
    Remove(watch);
  });
  Turn();
  EXPECT_THAT(Heard(), IsEmpty());
}

// A hundred connections that come, go and change their minds: what is polled is what a list made anew would hold.
TEST_F(EventLoopTest, WhatIsPolledIsWhatIsWatchedInTheOrderOfAdding) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    testing::Random random(seed);
    struct Naive {
      WatchId id;
      Handle handle;
      uint32_t events;
    };
    std::vector<Naive> watched;
    const TimerId tick = AddTimer("tick", kMs, kMs, [] {});
    for (int turn = 0; turn < 300; ++turn) {
      const bool growing = turn % 100 < 50;
      for (uint64_t change = random.Below(4); change > 0; --change) {
        const uint32_t events = static_cast<uint32_t>(random.Below(4));
        const size_t chosen = random.Below(watched.size());
        if (random.Below(3) == 0 && !watched.empty()) {
          watched[chosen].events = events;
          Update(watched[chosen].id, events);
        } else if (growing) {
          const Handle handle = poller_.Add();
          watched.push_back({Add("watch", handle, events, [](uint32_t) {}), handle, events});
        } else if (!watched.empty()) {
          Remove(watched[chosen].id);
          watched.erase(watched.begin() + static_cast<ptrdiff_t>(chosen));
        }
      }
      Turn();
      std::vector<std::pair<uint64_t, uint32_t>> expected, polled;
      for (const Naive& watch : watched) {
        if (watch.events != 0) expected.emplace_back(watch.handle.value, watch.events);
      }
      for (const PollEntry& entry : poller_.entries()) polled.emplace_back(entry.handle.value, entry.wanted);
      ASSERT_EQ(polled, expected) << "turn " << turn;
      ASSERT_EQ(watch_count(), watched.size());
    }
    for (const Naive& watch : watched) Remove(watch.id);
    RemoveTimer(tick);
  }
}

TEST_F(EventLoopTest, WhatItDoesIsRecordedInOrder) {
  RecordedRun run;
  const sync::NamedThread self("event loop", sync::Role::kEventLoop);
  const Handle handle = poller_.Add();
  poller_.SetReady(handle, kIoReadable);
  const WatchId watch = Listen("alice", handle);
  AddTimer("tick", 0);
  Turn();
  Update(watch, 0);
  const trace::Trace trace = run.Finish();
  std::vector<std::string> story = Story(trace, "event loop");
  std::erase_if(story, [](const std::string& line) { return line.starts_with("lock_"); });
  EXPECT_THAT(story, ElementsAre("thread_started event loop", "thread_role event loop", "poll_entered loop",
                                 "poll_returned loop", "timer_fired tick", "callback_began alice",
                                 "callback_ended alice", "watch_updated alice"));
  EXPECT_EQ(trace.event(StepsOfKind(trace, EventKind::kCallbackBegan)[0]).arg(), kIoReadable);
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
}

TEST_F(EventLoopTest, TheThreadThatWakesTheLoopRecordsIt) {
  RecordedRun run;
  AddTimer("tick", kMs);
  WhileAsleep([&] { WakeUp(); });
  Turn();
  const trace::Trace trace = run.Finish();
  const std::vector<size_t> woken = StepsOfKind(trace, EventKind::kLoopWoken);
  ASSERT_EQ(woken.size(), 1u);
  EXPECT_EQ(trace.Name(trace.thread(woken[0])), "other");
}

using EventLoopDeathTest = EventLoopTest;

TEST_F(EventLoopDeathTest, AWatchNeedsAHandle) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Listen("nothing", Handle{}), "the watch nothing has no handle");
}

// Threads that change everything while the loop turns: for the sanitizers, and for the count at the end.
TEST_F(EventLoopTest, ManyThreadsMayChangeItWhileItTurns) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 300;
  RecordedRun run;
  AddTimer("tick", 0, 1, [] {});  // It never sleeps for ever.
  std::vector<std::unique_ptr<sync::Thread>> threads;
  std::atomic<int> done{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.push_back(std::make_unique<sync::Thread>("changer-" + std::to_string(t), sync::Role::kNone, [&] {
      for (int i = 0; i < kRounds; ++i) {
        const Handle handle = poller_.Add();
        poller_.SetReady(handle, kIoReadable);
        const WatchId watch = Add("short", handle, kIoReadable, [](uint32_t) {});
        Update(watch, kIoWritable);
        const TimerId timer = AddTimer("short", 0, 1, [] {});
        RemoveTimer(timer);
        Remove(watch);
      }
      done.fetch_add(1);
    }));
  }
  while (done.load() < kThreads) Turn();
  for (const auto& thread : threads) thread->Join();
  Turn();
  EXPECT_EQ(watch_count(), 0u);
  EXPECT_EQ(poller_.forgotten().size(), static_cast<size_t>(kThreads * kRounds));
  EXPECT_THAT(NaiveComplaints(run.Finish()), IsEmpty());
}

}  // namespace
}  // namespace lockscope::loop
