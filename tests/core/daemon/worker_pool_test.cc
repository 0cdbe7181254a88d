// The pool of workers grows when a client comes and all are busy, and shrinks after a turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/daemon/server.h"
#include "tests/support/memory_daemon.h"
#include "tests/support/naive_rules.h"

namespace lockscope::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryDaemon;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using ::testing::UnorderedElementsAre;
using trace::EventKind;
using trace::Trace;

// The workers of a run, in order of their start.
std::vector<std::string> Workers(const Trace& trace) {
  std::vector<std::string> names;
  for (const size_t step : StepsOfKind(trace, EventKind::kThreadStarted)) {
    const std::string name(trace.Name(trace.event(step).object()));
    if (name.starts_with("worker-")) names.push_back(name);
  }
  return names;
}

// Alice keeps a worker busy with a call of her own name.
uint32_t KeepBusy(MemoryDaemon& daemon, MemoryDaemon::Client& client, const std::string& name) {
  const uint32_t serial = client.SendLatched(name);
  daemon.Turn();
  daemon.driver().AwaitCall(name);
  return serial;
}

TEST(WorkerPoolTest, AClientThatComesWhileAllAreBusyBringsAWorker) {
  MemoryDaemon daemon({.workers = 1, .max_workers = 2});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t slow = KeepBusy(daemon, alice, "alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");  // Opened: bob is served while alice's call runs.
  EXPECT_EQ(daemon.driver().inside(), 1u);
  daemon.driver().Release("alice");
  alice.AwaitReply(slow);
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_THAT(Workers(trace), ElementsAre("worker-1", "worker-2"));
}

TEST(WorkerPoolTest, WhereAWorkerIsIdleNoOtherIsStarted) {
  // One of the three has had no job at all: it is idle, however long the one that opened alice's connection takes for it.
  MemoryDaemon daemon({.workers = 3, .max_workers = 4});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t slow = KeepBusy(daemon, alice, "alice");
  const MemoryDaemon::Client bob = daemon.Connect("bob");
  daemon.driver().Release("alice");
  alice.AwaitReply(slow);
  EXPECT_THAT(Workers(daemon.End()), UnorderedElementsAre("worker-1", "worker-2", "worker-3"));
}

TEST(WorkerPoolTest, ThePoolGrowsToItsLimitAndNoFurther) {
  MemoryDaemon daemon({.workers = 1, .max_workers = 2});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t first = KeepBusy(daemon, alice, "alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  const uint32_t second = KeepBusy(daemon, bob, "bob");
  const MemoryDaemon::Client carol = daemon.Connect("carol");
  daemon.driver().Release("alice");
  daemon.driver().Release("bob");
  alice.AwaitReply(first);
  bob.AwaitReply(second);
  EXPECT_THAT(Workers(daemon.End()), ElementsAre("worker-1", "worker-2"));
}

TEST(WorkerPoolTest, WithoutALimitItStaysAsItIs) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t slow = KeepBusy(daemon, alice, "alice");
  const MemoryDaemon::Client bob = daemon.Connect("bob");
  daemon.driver().Release("alice");
  alice.AwaitReply(slow);
  EXPECT_THAT(Workers(daemon.End()), ElementsAre("worker-1"));
}

TEST(WorkerPoolTest, AWorkerThatNoClientNeedsEndsAndTheNextOneHasANewName) {
  MemoryDaemon daemon({.workers = 1, .max_workers = 2});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t slow = KeepBusy(daemon, alice, "alice");
  {
    MemoryDaemon::Client bob = daemon.Connect("bob");  // Makes no call: worker-2 is idle from its start to its end.
    bob.end().Close();
    daemon.Turn();
  }
  MemoryDaemon::Client carol = daemon.ConnectAndOpen("carol");
  daemon.driver().Release("alice");
  alice.AwaitReply(slow);

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_THAT(Workers(trace), ElementsAre("worker-1", "worker-2", "worker-3"));
  const std::vector<size_t> broadcasts = StepsOfKind(trace, EventKind::kConditionBroadcast);
  const std::vector<size_t> joined = StepsOfKind(trace, EventKind::kThreadJoined);
  ASSERT_EQ(broadcasts.size(), 2u) << "one to end worker-2, one at the end";
  EXPECT_EQ(trace.Name(trace.event(joined.front()).object()), "worker-2");
  EXPECT_LT(broadcasts.front(), joined.front());
  EXPECT_LT(joined.front(), broadcasts.back());
}

TEST(WorkerPoolTest, ABusyWorkerIsNotEndedHoweverFewClientsThereAre) {
  MemoryDaemon daemon({.workers = 1, .max_workers = 2});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t first = KeepBusy(daemon, alice, "alice");
  MemoryDaemon::Client bob = daemon.Connect("bob");
  const uint32_t second = KeepBusy(daemon, alice, "alice again");
  bob.end().Close();
  daemon.Turn();  // One client is left, and two workers, which are both busy.
  EXPECT_EQ(daemon.driver().inside(), 2u);
  daemon.driver().Release("alice again");
  alice.AwaitReply(second);
  daemon.driver().Release("alice");
  alice.AwaitReply(first);
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), 2u);
}

TEST(IdleTimeoutTest, ADaemonThatNobodyCallsEnds) {
  MemoryDaemon daemon({.idle_timeout_ns = 5'000'000});
  daemon.poller().Advance(4'999'999);
  EXPECT_TRUE(daemon.poller().Turn());
  daemon.poller().Advance(1);
  EXPECT_FALSE(daemon.poller().Turn());
  const Trace trace = daemon.AwaitEnd();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  const std::vector<size_t> fired = StepsOfKind(trace, EventKind::kTimerFired);
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(trace.Name(trace.event(fired[0]).object()), "idle timeout");
}

TEST(IdleTimeoutTest, TheTimeIsCountedFromTheLastClientsEnd) {
  MemoryDaemon daemon({.idle_timeout_ns = 5'000'000});
  daemon.poller().Advance(4'000'000);
  {
    MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
    daemon.poller().Advance(60'000'000);
    daemon.Turn();  // As long as she likes.
    alice.end().Close();
    daemon.Turn();
  }
  daemon.poller().Advance(4'999'999);
  EXPECT_TRUE(daemon.poller().Turn()) << "the whole time again";
  daemon.poller().Advance(1);
  EXPECT_FALSE(daemon.poller().Turn());
  const Trace trace = daemon.AwaitEnd();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kTimerFired).size(), 1u);
}

TEST(IdleTimeoutTest, WhatTheDriverKeepsForSomebodyKeepsTheDaemon) {
  MemoryDaemon daemon({.idle_timeout_ns = 5'000'000});
  daemon.driver().SetActive(true);
  for (int i = 0; i < 3; ++i) {
    daemon.poller().Advance(5'000'000);
    EXPECT_TRUE(daemon.poller().Turn());
  }
  daemon.driver().SetActive(false);
  daemon.poller().Advance(4'999'999);
  EXPECT_TRUE(daemon.poller().Turn()) << "the whole time again";
  daemon.poller().Advance(1);
  EXPECT_FALSE(daemon.poller().Turn());
  const Trace trace = daemon.AwaitEnd();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kTimerFired).size(), 4u);
}

}  // namespace
}  // namespace lockscope::daemon
