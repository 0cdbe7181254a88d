#include "core/sched/controlled_poller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>

#include "core/sync/thread.h"
#include "tests/support/controlled_record.h"

namespace lockscope::sched {
namespace {

using loop::kIoHangup;
using loop::kIoReadable;
using loop::kIoWritable;
using loop::PollEntry;
using sync::Role;
using testing::ControlledRecord;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSomeTicks = 20'000;  // What a few steps take.

// The body of one thread that polls; the run's other threads are its own.
ControlledRecord RunWith(const std::function<void(ControlledPoller&)>& body) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  return testing::RecordControlled(*strategy, [&](ControlledRuntime& runtime) {
    ControlledPoller poller(runtime);
    body(poller);
  });
}

size_t PollOne(ControlledPoller& poller, PollEntry& entry, int64_t timeout_ns) {
  return poller.Poll(std::span<PollEntry>(&entry, 1), timeout_ns);
}

TEST(ControlledPollerTest, WhatIsReadyEndsThePollAtOnceAndOnlyWhatIsWantedIsTold) {
  const ControlledRecord run = RunWith([](ControlledPoller& poller) {
    const Handle both = poller.Add([] { return kIoReadable | kIoWritable; });
    const Handle gone = poller.Add([] { return kIoHangup; });
    const Handle silent = poller.Add();
    PollEntry entries[] = {{both, kIoWritable}, {gone, kIoReadable}, {silent, kIoReadable | kIoWritable}};
    EXPECT_EQ(poller.Poll(entries, -1), 2u);
    EXPECT_EQ(entries[0].ready, kIoWritable);
    EXPECT_EQ(entries[1].ready, kIoHangup) << "a hang-up is told unasked";
    EXPECT_EQ(entries[2].ready, 0u);
    EXPECT_LT(poller.NowNs(), kSomeTicks);
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST(ControlledPollerTest, SleepsUntilAHandleBecomesReady) {
  std::atomic<uint32_t> ready = 0;
  const ControlledRecord run = RunWith([&](ControlledPoller& poller) {
    const Handle handle = poller.Add([&] { return ready.load(); });
    sync::Thread other("other", Role::kNone, [&] {
      sync::SleepFor(5 * kMs);
      ready = kIoWritable;
      poller.Changed();  // But what is wanted is something to read.
      sync::SleepFor(5 * kMs);
      ready = kIoReadable;
      poller.Changed();
    });
    PollEntry entry{handle, kIoReadable};
    EXPECT_EQ(PollOne(poller, entry, -1), 1u);
    EXPECT_EQ(entry.ready, kIoReadable);
    EXPECT_GE(poller.NowNs(), 10 * kMs);
    other.Join();
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST(ControlledPollerTest, AWakeUpBeforeTheSleepEndsItAtOnceAndIsThenUsedUp) {
  RunWith([](ControlledPoller& poller) {
    PollEntry entry{poller.Add(), kIoReadable};
    poller.WakeUp();
    poller.WakeUp();  // Twice is no more than once.
    EXPECT_EQ(PollOne(poller, entry, -1), 0u);
    EXPECT_LT(poller.NowNs(), kSomeTicks);
    EXPECT_EQ(PollOne(poller, entry, 3 * kMs), 0u);
    EXPECT_GE(poller.NowNs(), 3 * kMs);
  });
}

TEST(ControlledPollerTest, AWakeUpDuringTheSleepEndsIt) {
  const ControlledRecord run = RunWith([](ControlledPoller& poller) {
    sync::Thread other("other", Role::kNone, [&] {
      sync::SleepFor(2 * kMs);
      poller.WakeUp();
    });
    PollEntry entry{poller.Add(), kIoReadable};
    EXPECT_EQ(PollOne(poller, entry, -1), 0u);
    EXPECT_GE(poller.NowNs(), 2 * kMs);
    EXPECT_LT(poller.NowNs(), 2 * kMs + kSomeTicks);
    other.Join();
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST(ControlledPollerTest, ATimeoutEndsTheSleepInTimeWhateverChangesMeanwhile) {
  RunWith([](ControlledPoller& poller) {
    PollEntry entry{poller.Add(), kIoReadable};
    EXPECT_EQ(PollOne(poller, entry, 0), 0u);
    EXPECT_LT(poller.NowNs(), kSomeTicks) << "0 is not to sleep at all";
    sync::Thread other("other", Role::kNone, [&] {
      for (int i = 0; i < 3; ++i) {
        sync::SleepFor(2 * kMs);
        poller.Changed();  // For nothing.
      }
    });
    EXPECT_EQ(PollOne(poller, entry, 5 * kMs), 0u);
    EXPECT_GE(poller.NowNs(), 5 * kMs);
    EXPECT_LT(poller.NowNs(), 5 * kMs + 2 * kSomeTicks);
    other.Join();
  });
}

TEST(ControlledPollerTest, ASleepForEverThatNobodyEndsIsWhereTheRunIsStuck) {
  bool returned = false;
  const ControlledRecord run = RunWith([&](ControlledPoller& poller) {
    PollEntry entry{poller.Add(), kIoReadable};
    PollOne(poller, entry, -1);
    returned = true;
  });
  EXPECT_EQ(run.end, RunEnd::kStuck);
  EXPECT_EQ(run.threads[0].status, ThreadStatus::kPolling);
  EXPECT_FALSE(run.threads[0].timed);
  EXPECT_FALSE(returned);
}

TEST(ControlledPollerTest, SignalsComeOneAfterTheOtherThroughAHandle) {
  const ControlledRecord run = RunWith([](ControlledPoller& poller) {
    const Result<Handle> signals = poller.WatchSignals();
    ASSERT_TRUE(signals);
    EXPECT_FALSE(poller.NextSignal());
    sync::Thread other("other", Role::kNone, [&] {
      sync::SleepFor(kMs);
      poller.RaiseSignal(SIGTERM);
      poller.RaiseSignal(SIGINT);
    });
    PollEntry entry{*signals, kIoReadable};
    EXPECT_EQ(PollOne(poller, entry, -1), 1u);
    EXPECT_EQ(entry.ready, kIoReadable);
    other.Join();
    EXPECT_EQ(poller.NextSignal(), SIGTERM);
    EXPECT_EQ(PollOne(poller, entry, 0), 1u) << "there is another one";
    EXPECT_EQ(poller.NextSignal(), SIGINT);
    EXPECT_FALSE(poller.NextSignal());
    EXPECT_EQ(PollOne(poller, entry, 0), 0u);
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST(ControlledPollerTest, AHandleThatIsForgottenIsNeverReady) {
  RunWith([](ControlledPoller& poller) {
    auto alive = std::make_unique<uint32_t>(kIoReadable);
    const Handle handle = poller.Add([&] { return *alive; });
    PollEntry entry{handle, kIoReadable};
    EXPECT_EQ(PollOne(poller, entry, 0), 1u);
    poller.Forget(handle);
    alive.reset();  // So its readiness must not be asked for any more.
    EXPECT_EQ(PollOne(poller, entry, kMs), 0u);
    EXPECT_EQ(entry.ready, 0u);
    const Handle next = poller.Add([] { return kIoReadable; });
    EXPECT_NE(next.value, handle.value) << "a handle's number is not used again";
  });
}

}  // namespace
}  // namespace lockscope::sched
