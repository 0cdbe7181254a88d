// What live threads wait at: NativeMutex, NativeCondition, WakeQueue.
#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <latch>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "core/sync/native_condition.h"
#include "core/sync/native_mutex.h"
#include "core/sync/wake_queue.h"

namespace lockscope::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Guard = std::unique_lock<NativeMutex>;

// Threads that do the same, begun together; joined at the end of the scope.
class Together {
 public:
  template <typename Body>
  Together(int count, const Body& body) : begin_(count) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, body, i] {
        begin_.arrive_and_wait();
        body(i);
      });
    }
  }
  ~Together() {
    for (std::thread& thread : threads_) thread.join();
  }
  Together(const Together&) = delete;
  Together& operator=(const Together&) = delete;

 private:
  std::latch begin_;
  std::vector<std::thread> threads_;
};

TEST(NativeMutexTest, OneThreadAtATimeHasIt) {
  constexpr int kThreads = 6;
  constexpr int kRounds = 20'000;
  NativeMutex mutex;
  int visits = 0;
  {
    const Together threads(kThreads, [&](int /*thread*/) {
      for (int round = 0; round < kRounds; ++round) {
        const Guard guard(mutex);
        ++visits;
      }
    });
  }
  EXPECT_EQ(visits, kThreads * kRounds);
}

// Each hold is long enough for all others to fall asleep, so that each unlock has to wake one, and that one the next.
TEST(NativeMutexTest, WhoSleepsIsWoken) {
  constexpr int kThreads = 8;
  NativeMutex mutex;
  int visits = 0;
  {
    const Together threads(kThreads, [&](int /*thread*/) {
      for (int round = 0; round < 50; ++round) {
        const Guard guard(mutex);
        ++visits;
        std::this_thread::yield();
      }
    });
  }
  EXPECT_EQ(visits, kThreads * 50);
}

TEST(NativeMutexTest, TryLockFailsWhileItIsHeld) {
  NativeMutex mutex;
  ASSERT_TRUE(mutex.try_lock());
  EXPECT_FALSE(mutex.try_lock());
  mutex.unlock();
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
}

// Jobs for whoever takes them, and a signal for each: as the daemon does it, but with nothing else in the way.
class Queue {
 public:
  void Put(int jobs) {
    for (int i = 0; i < jobs; ++i) {
      {
        const Guard guard(mutex_);
        ++waiting_;
      }
      filled_.Signal();
    }
  }
  // Until it is closed and empty. `timeout_ns` gives the time limit of each wait.
  template <typename Timeout>
  int TakeAll(const Timeout& timeout_ns) {
    Guard guard(mutex_);
    int taken = 0;
    while (true) {
      if (waiting_ > 0) {
        --waiting_;
        ++taken;
      } else if (closed_) {
        return taken;
      } else {
        filled_.Wait(mutex_, timeout_ns());
      }
    }
  }
  // So often, whatever there is.
  template <typename Timeout>
  void Wait(int times, const Timeout& timeout_ns) {
    Guard guard(mutex_);
    for (; times > 0; --times) filled_.Wait(mutex_, timeout_ns());
  }
  void SignalFalsely() { filled_.Signal(); }
  // Like TakeAll for one job, without an end.
  void TakeOne() {
    Guard guard(mutex_);
    while (waiting_ == 0) filled_.Wait(mutex_);
    --waiting_;
  }
  void Close() {
    {
      const Guard guard(mutex_);
      closed_ = true;
    }
    filled_.Broadcast();
  }

 private:
  NativeMutex mutex_;
  NativeCondition filled_;
  int waiting_ = 0;
  bool closed_ = false;
};

// A signal that is lost leaves a job and its taker lying: then the test does not end.
TEST(NativeConditionTest, EachSignalIsOneTaker) {
  constexpr int kTakers = 4;
  constexpr int kJobs = 20'000;
  Queue queue;
  const Together takers(kTakers, [&](int /*taker*/) {
    for (int i = 0; i < kJobs; ++i) queue.TakeOne();
  });
  const Together putters(2, [&](int /*putter*/) { queue.Put(kJobs * kTakers / 2); });
}

// One job at a time, and the next one when it is taken: both sides fall asleep for each.
TEST(NativeConditionTest, NobodyIsLeftAsleepWhenTwoTakeTurns) {
  constexpr int kTurns = 5'000;
  Queue there;
  Queue back;
  const Together both(2, [&](int side) {
    for (int i = 0; i < kTurns; ++i) {
      if (side == 0) {
        there.Put(1);
        back.TakeOne();
      } else {
        there.TakeOne();
        back.Put(1);
      }
    }
  });
}

// Some wait for a moment only, and leave while others are signalled, asleep, or about to sleep. Afterwards the one who waits
// for ever is alone, and still counted: a signal finds it.
TEST(NativeConditionTest, WhoseTimePassesTakesNobodyElseOutOfTheCount) {
  constexpr int kPhases = 200;
  constexpr int kJobs = 20;
  Queue queue;
  std::atomic<int> taken{0};
  const Together sleeper(1, [&](int /*sleeper*/) {
    for (int i = 0; i < kPhases; ++i) {
      queue.TakeOne();
      ++taken;
    }
  });
  for (int phase = 0; phase < kPhases; ++phase) {
    {
      const Together hasty(2, [&, phase](int taker) {
        std::mt19937 random(static_cast<unsigned>(phase * 2 + taker));
        queue.Wait(kJobs, [&] { return static_cast<int64_t>(random() % 60'000); });
      });
      for (int i = 0; i < kJobs; ++i) queue.SignalFalsely();
    }
    queue.Put(1);
    while (taken <= phase) std::this_thread::yield();
  }
}

TEST(NativeConditionTest, ABroadcastWakesAll) {
  for (int round = 0; round < 200; ++round) {
    Queue queue;
    const Together takers(4, [&](int /*taker*/) { queue.TakeAll([] { return NativeCondition::kForEver; }); });
    const Together closer(1, [&](int /*closer*/) { queue.Close(); });
  }
}

TEST(NativeConditionTest, AWaitEndsWhenItsTimeHasPassed) {
  NativeMutex mutex;
  NativeCondition condition;
  const Guard guard(mutex);
  EXPECT_FALSE(condition.Wait(mutex, 0));
  EXPECT_FALSE(condition.Wait(mutex, 1'000));
  EXPECT_FALSE(mutex.try_lock()) << "it is held again";
  condition.Signal();
  condition.Broadcast();
  EXPECT_FALSE(condition.Wait(mutex, 0)) << "what was signalled before is not kept";
}

// Until it was handled: the thread may not be asleep yet.
TEST(NativeConditionTest, WhoSleepsHandlesSignals) {
  static std::atomic<bool> handled = false;
  struct sigaction action {};
  action.sa_handler = [](int) { handled = true; };
  struct sigaction before {};
  ASSERT_EQ(::sigaction(SIGUSR2, &action, &before), 0);
  NativeMutex mutex;
  NativeCondition condition;
  bool over = false;
  std::thread sleeper([&] {
    const Guard guard(mutex);
    while (!over) condition.Wait(mutex);
  });
  while (!handled) {
    ASSERT_EQ(::pthread_kill(sleeper.native_handle(), SIGUSR2), 0);
    std::this_thread::yield();
  }
  {
    const Guard guard(mutex);
    over = true;
    condition.Signal();
  }
  sleeper.join();
  ASSERT_EQ(::sigaction(SIGUSR2, &before, nullptr), 0);
}

TEST(NativeConditionTest, ErrnoIsKept) {
  NativeMutex mutex;
  NativeCondition condition;
  const Guard guard(mutex);
  errno = 42;
  EXPECT_FALSE(condition.Wait(mutex, 0));
  condition.Signal();
  EXPECT_EQ(errno, 42);
}

// Counts what it is told.
struct Woken {
  static void Wake(void* self, int times) { static_cast<Woken*>(self)->calls.push_back(times); }
  std::vector<int> calls;
};

TEST(WakeQueueTest, WithoutAQueueWhoIsWokenIsWokenNow) {
  Woken one;
  WakeQueue::Add(&Woken::Wake, &one);
  EXPECT_THAT(one.calls, ElementsAre(1));
}

TEST(WakeQueueTest, WhoIsWokenIsWokenAtTheEndAndOnce) {
  Woken one;
  Woken other;
  {
    const WakeQueue wakes;
    WakeQueue::Add(&Woken::Wake, &one);
    WakeQueue::Add(&Woken::Wake, &other);
    WakeQueue::Add(&Woken::Wake, &one);
    EXPECT_THAT(one.calls, IsEmpty());
  }
  EXPECT_THAT(one.calls, ElementsAre(2));
  EXPECT_THAT(other.calls, ElementsAre(1));
}

TEST(WakeQueueTest, AnInnerQueueEndsAlone) {
  Woken outer;
  Woken inner;
  {
    const WakeQueue wakes;
    WakeQueue::Add(&Woken::Wake, &outer);
    {
      const WakeQueue more;
      WakeQueue::Add(&Woken::Wake, &inner);
    }
    EXPECT_THAT(inner.calls, ElementsAre(1));
    EXPECT_THAT(outer.calls, IsEmpty());
  }
  EXPECT_THAT(outer.calls, ElementsAre(1));
}

TEST(WakeQueueTest, WhatIsTooManyIsWokenNow) {
  std::array<Woken, 6> all;
  {
    const WakeQueue wakes;
    for (Woken& woken : all) WakeQueue::Add(&Woken::Wake, &woken);
    EXPECT_THAT(all[0].calls, IsEmpty());
    EXPECT_THAT(all[5].calls, ElementsAre(1));
  }
  for (const Woken& woken : all) EXPECT_THAT(woken.calls, ElementsAre(1));
}

// A signal that is put off is sent all the same: who is about to sleep does not, and who sleeps is woken at the end.
TEST(WakeQueueTest, SignalsOfAConditionAreNotLost) {
  constexpr int kJobs = 5'000;
  Queue queue;
  const Together both(2, [&](int side) {
    for (int i = 0; i < kJobs; ++i) {
      if (side == 0) {
        queue.TakeOne();
      } else {
        const WakeQueue wakes;
        queue.Put(1);
      }
    }
  });
}

}  // namespace
}  // namespace lockscope::sync
