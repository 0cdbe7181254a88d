#include "core/analysis/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/analysis/small_daemon.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallDaemon;
using trace::EventKind;
using trace::Trace;

// What one rule says of a trace.
struct Judged {
  Verdict verdict;
  uint64_t checked;
  std::string why_not;
  std::vector<std::string> findings;  // "worker.cc:4: worker-1 …".
};

Judged Judge(int rule, const Trace& trace, const RuleOptions& options = {}) {
  const Timeline timeline(trace);
  const RuleReport report = CheckRules(timeline, options);
  const RuleVerdict& verdict = report.verdicts[static_cast<size_t>(rule - 1)];
  EXPECT_EQ(verdict.rule, rule);
  Judged judged{verdict.verdict, verdict.checked, verdict.why_not, {}};
  for (const Finding& finding : report.findings) {
    if (finding.rule == rule) judged.findings.push_back(finding.where + ": " + finding.text);
  }
  return judged;
}
Judged Judge(int rule, const SmallDaemon& d) { return Judge(rule, d.b.Build()); }

// Events as the trace of a program that was killed.
Trace Unfinished(const SmallDaemon& d) {
  trace::TraceParts parts = d.b.Build().ToParts();
  parts.info.finished = false;
  return std::move(*Trace::Build(std::move(parts)));
}

TEST(RulesTest, HaveTheirNumbersAndNames) {
  std::vector<std::string> names;
  for (const RuleInfo& rule : AllRules()) {
    EXPECT_EQ(rule.number, static_cast<int>(names.size()) + 1);
    names.emplace_back(rule.name);
  }
  EXPECT_THAT(names, ElementsAre("server-before-client", "loop-lock-is-a-leaf", "no-lock-across-a-call", "short-holds",
                                 "wait-with-own-mutex-only", "every-job-taken-once", "only-the-loop-does-I/O",
                                 "leader-only-waits"));
}

TEST(RulesTest, AreAllKeptByTheClassicDaemon) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const RuleReport report = CheckRules(Timeline(trace), {.hold_budget_ns = 10'000'000});
  EXPECT_THAT(report.findings, IsEmpty());
  for (const RuleVerdict& verdict : report.verdicts) {
    EXPECT_EQ(verdict.verdict, Verdict::kKept) << "R" << verdict.rule << " " << verdict.why_not;
    EXPECT_GT(verdict.checked, 0u);
  }
}

TEST(RulesTest, AreNotCheckedOnATraceThatLacksWhatTheyNeed) {
  trace::TraceBuilder b;
  b.Thread("main");
  const Trace trace = b.Build();
  const RuleReport report = CheckRules(Timeline(trace));
  std::vector<std::string> why_not;
  for (const RuleVerdict& verdict : report.verdicts) {
    EXPECT_EQ(verdict.verdict, Verdict::kNotChecked);
    why_not.push_back(verdict.why_not);
  }
  EXPECT_THAT(why_not, ElementsAre("the recording has no server lock", "the recording has no event-loop lock",
                                   "the recording has neither a server lock nor a client lock",
                                   "the recording has neither a server lock nor a client lock",
                                   "nobody waits on a condition in the recording", "no job is queued in the recording",
                                   "no thread has the role of event loop",
                                   "the recording does not say when the daemon had started"));
}

TEST(RulesTest, AreNotSaidToBeKeptWhereEventsAreMissing) {
  trace::TraceParts parts = testing::FourClientsThreeWorkers().ToParts();
  parts.info.dropped_events = 3;
  const Judged judged = Judge(1, std::move(*Trace::Build(std::move(parts))));
  EXPECT_EQ(judged.verdict, Verdict::kNotChecked);
  EXPECT_EQ(judged.why_not, "3 events missing from the recording");
}

// A flight recorder's: what a thread held before the gap, and what was taken from dx in it, nobody knows.
TEST(RulesTest, WhatLooksBrokenBehindAGapIsNoFindingButWhatTheProgramSawIs) {
  SmallDaemon d;
  d.Worker1().Acquire(d.alice_lock).Release(d.alice_lock);
  trace::TraceParts parts = d.b.Build().ToParts();
  EXPECT_THAT(CheckRules(Timeline(*Trace::Build(parts))).findings, ::testing::SizeIs(1));
  parts.info.dropped_events = 3;
  EXPECT_THAT(CheckRules(Timeline(*Trace::Build(parts))).findings, ::testing::IsEmpty());
  parts.threads.back().events.push_back(trace::Event::Make(1'000'000, trace::EventKind::kRuleBroken, d.alice_lock,
                                                           trace::PackRuleAndObject(1, d.server), 0));
  const RuleReport report = CheckRules(Timeline(*Trace::Build(parts)));
  ASSERT_THAT(report.findings, ::testing::SizeIs(1));
  EXPECT_EQ(report.findings[0].rule, 1);
}

TEST(RulesTest, FindingsComeInOrderOfSteps) {
  const Trace trace = testing::RandomTrace(5, 3000);
  const RuleReport report = CheckRules(Timeline(trace));
  EXPECT_GT(report.findings.size(), 20u);
  for (size_t i = 1; i < report.findings.size(); ++i) {
    EXPECT_LE(report.findings[i - 1].step, report.findings[i].step);
  }
}

TEST(ServerBeforeClientTest, IsKeptByTheStairsOfServerAndClient) {
  SmallDaemon d;
  d.Worker1().Acquire(d.server).Acquire(d.alice_lock).Release(d.server).Release(d.alice_lock);
  const Judged judged = Judge(1, d);
  EXPECT_EQ(judged.verdict, Verdict::kKept);
  EXPECT_EQ(judged.checked, 2u);
}

TEST(ServerBeforeClientTest, IsBrokenByAClientLockWithoutTheServers) {
  SmallDaemon d;
  d.Worker1(4).Acquire(d.alice_lock);
  EXPECT_THAT(Judge(1, d).findings,
              ElementsAre("worker.cc:4: worker-1 acquires alice's lock without holding the server lock."));
}

TEST(ServerBeforeClientTest, IsBrokenByTheServerLockUnderAClients) {
  SmallDaemon d;
  d.Worker1(4).Acquire(d.server).Acquire(d.alice_lock).Release(d.server);
  d.Worker1(9).Acquire(d.server);
  EXPECT_THAT(
      Judge(1, d).findings,
      ElementsAre(
          "worker.cc:9: worker-1 acquires the server lock while it holds alice's lock (taken at worker.cc:4)."));
}

TEST(ServerBeforeClientTest, IsBrokenByTwoClientLocks) {
  SmallDaemon d;
  d.Loop(4).Acquire(d.server).Acquire(d.alice_lock);
  d.Loop(5).Acquire(d.bob_lock);
  EXPECT_THAT(
      Judge(1, d).findings,
      ElementsAre("loop.cc:5: The event loop acquires bob's lock while it holds alice's lock (taken at loop.cc:4)."));
}

TEST(ServerBeforeClientTest, CountsARequestAndItsGrantOnce) {
  SmallDaemon d;
  d.Loop().Acquire(d.server).Acquire(d.alice_lock).Release(d.server);
  d.Worker1(4).Request(d.alice_lock);
  d.Loop().Release(d.alice_lock);
  d.Worker1(4).Acquire(d.alice_lock);
  const Judged judged = Judge(1, d);
  EXPECT_THAT(judged.findings,
              ElementsAre("worker.cc:4: worker-1 asks for alice's lock without holding the server lock."));
  EXPECT_EQ(judged.checked, 3u);
}

TEST(ServerBeforeClientTest, IsBrokenByATryToo) {
  SmallDaemon d;
  d.Loop().Acquire(d.server).Acquire(d.alice_lock);
  d.Worker1(4).Record(EventKind::kLockTryFailed, d.alice_lock, d.loop_thread);
  EXPECT_THAT(Judge(1, d).findings,
              ElementsAre("worker.cc:4: worker-1 tries to get alice's lock without holding the server lock."));
}

TEST(LoopLockIsALeafTest, IsKeptByTakingItUnderAClientsLock) {
  SmallDaemon d;
  d.Worker1().Acquire(d.server).Acquire(d.alice_lock).Acquire(d.loop_lock).Release(d.loop_lock);
  const Judged judged = Judge(2, d);
  EXPECT_EQ(judged.verdict, Verdict::kKept);
  EXPECT_EQ(judged.checked, 1u);
}

TEST(LoopLockIsALeafTest, IsBrokenByALockACallbackOrASleepUnderIt) {
  SmallDaemon d;
  d.Loop(4).Acquire(d.loop_lock);
  d.Loop(5).Acquire(d.server).Release(d.server);
  d.Loop(6).Record(EventKind::kCallbackBegan, d.alice_watch, trace::kIoReadable);
  d.Loop(7).Record(EventKind::kPollEntered, d.loop, 2);
  const std::string held = " while it holds the event-loop lock (taken at loop.cc:4).";
  EXPECT_THAT(Judge(2, d).findings,
              ElementsAre("loop.cc:5: The event loop acquires the server lock" + held,
                          "loop.cc:6: The event loop runs the callback of alice's watch (readable)" + held,
                          "loop.cc:7: The event loop goes to sleep in poll on 2 handles" + held));
}

TEST(NoLockAcrossACallTest, IsKeptByACallWithNothingHeld) {
  SmallDaemon d;
  d.Worker1().Acquire(d.server).Release(d.server).Record(EventKind::kCallBegan, d.hostname, 1);
  d.Worker1().Acquire(d.driver_lock).Release(d.driver_lock).Record(EventKind::kCallEnded, d.hostname, 1);
  d.Worker1().Acquire(d.server).Release(d.server);
  const Judged judged = Judge(3, d);
  EXPECT_EQ(judged.verdict, Verdict::kKept);
  EXPECT_EQ(judged.checked, 1u);
}

TEST(NoLockAcrossACallTest, IsBrokenByACallUnderLocks) {
  SmallDaemon d;
  d.Worker1(4).Acquire(d.server);
  d.Worker1(5).Acquire(d.alice_lock).Record(EventKind::kCallBegan, d.hostname, 1);
  EXPECT_THAT(
      Judge(3, d).findings,
      ElementsAre("worker.cc:5: worker-1 makes the driver call hostname while it holds the server lock (taken at "
                  "worker.cc:4) and alice's lock (taken at worker.cc:5)."));
}

TEST(NoLockAcrossACallTest, IsBrokenByALockTakenInsideTheCall) {
  SmallDaemon d;
  d.Worker1(4).Record(EventKind::kCallBegan, d.hostname, 1);
  d.Worker1(5).Acquire(d.server);
  EXPECT_THAT(Judge(3, d).findings,
              ElementsAre("worker.cc:5: worker-1 acquires the server lock inside the driver call hostname."));
}

TEST(NoLockAcrossACallTest, IsNotCheckedWithoutACall) {
  SmallDaemon d;
  EXPECT_EQ(Judge(3, d).verdict, Verdict::kNotChecked);
  EXPECT_EQ(Judge(3, d).why_not, "no driver call is made in the recording");
}

TEST(ShortHoldsTest, AreAdvisedNeverBroken) {
  const Judged judged = Judge(4, testing::FourClientsThreeWorkers());
  EXPECT_EQ(judged.verdict, Verdict::kAdvised);
  EXPECT_THAT(
      judged.findings,
      ElementsAre("core/daemon/client.cc:88: The event loop held alice's lock for 1.82 ms; the budget is 1.00 ms. "
                  "The longest part of it passed when it was reading a packet. The recording shows no wait in it: long "
                  "work, or the thread was pre-empted.",
                  "core/daemon/worker.cc:61: worker-1 held the server lock for 1.80 ms; the budget is 1.00 ms. For "
                  "1.80 ms of that it waited for alice's lock, which the event loop held."));
}

TEST(ShortHoldsTest, AreKeptWithinTheBudget) {
  const Trace trace = testing::FourClientsThreeWorkers();
  EXPECT_EQ(Judge(4, trace, {.hold_budget_ns = 2'000'000}).verdict, Verdict::kKept);
}

TEST(ShortHoldsTest, SayWhenAHoldIsNotOver) {
  SmallDaemon d;
  d.Worker1(4).At(0).Acquire(d.server).At(100).Record(EventKind::kCallBegan, d.hostname, 1);
  d.Loop().At(5'000'000).Record(EventKind::kLoopWoken, d.loop);
  EXPECT_THAT(Judge(4, d).findings,
              ElementsAre("worker.cc:4: worker-1 held the server lock for 5.00 ms and had not released it when the "
                          "recording ended; the budget is 1.00 ms. For 5.00 ms of that it was in the driver call "
                          "hostname."));
}

TEST(WaitWithOwnMutexOnlyTest, IsKeptByAWaitThatHoldsItsMutexAlone) {
  SmallDaemon d;
  d.Worker1().Acquire(d.server).BeginWait(d.job);
  EXPECT_EQ(Judge(5, d).verdict, Verdict::kKept);
}

TEST(WaitWithOwnMutexOnlyTest, IsBrokenByAnotherLock) {
  SmallDaemon d;
  d.Worker1(4).Acquire(d.server).Acquire(d.alice_lock);
  d.Worker1(5).BeginWait(d.job);
  EXPECT_THAT(
      Judge(5, d).findings,
      ElementsAre("worker.cc:5: worker-1 waits on job while it also holds alice's lock (taken at worker.cc:4)."));
}

TEST(WaitWithOwnMutexOnlyTest, IsBrokenWithoutItsMutex) {
  SmallDaemon d;
  d.Worker1(5).Record(EventKind::kWaitBegan, d.job, d.server);
  EXPECT_THAT(Judge(5, d).findings, ElementsAre("worker.cc:5: worker-1 waits on job without holding the server lock."));
}

TEST(EveryJobTakenOnceTest, IsKeptByATakenAndADroppedJob) {
  SmallDaemon d;
  d.Loop().Record(EventKind::kJobQueued, d.alice, 1).Record(EventKind::kJobQueued, d.alice, 2);
  d.Loop().Record(EventKind::kJobQueued, d.alice, 3);
  d.Worker1().Record(EventKind::kJobTaken, d.alice, 1);
  d.Loop().Record(EventKind::kJobDroppedClientDead, d.alice, 2).Record(EventKind::kJobDroppedShutdown, d.alice, 3);
  const Judged judged = Judge(6, d);
  EXPECT_EQ(judged.verdict, Verdict::kKept);
  EXPECT_EQ(judged.checked, 3u);
}

TEST(EveryJobTakenOnceTest, IsBrokenByAJobTakenTwice) {
  SmallDaemon d;
  d.Loop().Record(EventKind::kJobQueued, d.alice, 1);
  d.Worker1(4).Record(EventKind::kJobTaken, d.alice, 1);
  d.Worker2(5).Record(EventKind::kJobTaken, d.alice, 1);
  EXPECT_THAT(Judge(6, d).findings,
              ElementsAre("worker.cc:5: worker-2 takes alice's job 1, which worker-1 has taken already."));
}

TEST(EveryJobTakenOnceTest, IsBrokenByAJobThatIsNotThere) {
  SmallDaemon d;
  d.Worker1(4).Record(EventKind::kJobTaken, d.alice, 9);
  EXPECT_THAT(Judge(6, d).findings, ElementsAre("worker.cc:4: worker-1 takes alice's job 9, which was never queued."));
}

TEST(EveryJobTakenOnceTest, IsBrokenByARunThatEndsWithAJobQueued) {
  SmallDaemon d;
  d.Loop(7).Record(EventKind::kPacketRead, d.alice, d.hostname).Record(EventKind::kJobQueued, d.alice, 1);
  EXPECT_THAT(Judge(6, d).findings,
              ElementsAre("loop.cc:7: alice's call hostname is neither taken nor dropped when the run ends."));
}

TEST(EveryJobTakenOnceTest, IsNotBrokenByTheEndOfAKilledProgramWhileAWorkerIsAwake) {
  SmallDaemon d;
  d.Worker1().Acquire(d.server).BeginWait(d.job);
  d.Worker2().Record(EventKind::kCallBegan, d.hostname, 7);
  d.Loop(7).Record(EventKind::kJobQueued, d.alice, 1).Record(EventKind::kConditionSignalled, d.job);
  EXPECT_EQ(Judge(6, Unfinished(d)).verdict, Verdict::kKept);
}

// One worker, in the middle of its scan; the loop bypasses the server lock.
struct Bypass : SmallDaemon {
  Bypass() {
    Worker2().Record(EventKind::kThreadEnded, worker2);
    Worker1(3).Acquire(server);
    Loop(7).Record(EventKind::kPacketRead, alice, hostname).Record(EventKind::kJobQueued, alice, 1);
  }
};

TEST(EveryJobTakenOnceTest, FindsTheLostWakeUpOfALoopThatBypassesTheServerLock) {
  Bypass d;
  d.Loop(8).Record(EventKind::kConditionSignalled, d.job);
  d.Worker1(4).BeginWait(d.job);
  d.Loop(9).Record(EventKind::kPollEntered, d.loop, 3);
  const std::string text =
      "worker.cc:4: worker-1 goes to sleep although alice's call hostname is queued and signalled, and no other worker "
      "is "
      "awake.";
  EXPECT_THAT(Judge(6, Unfinished(d)).findings, ElementsAre(text));
  EXPECT_THAT(Judge(6, d).findings, ElementsAre(text)) << "the end of the run is the same breach";
}

TEST(EveryJobTakenOnceTest, FindsASignalThatComesBetweenTheBeginningOfAWaitAndItsSleep) {
  Bypass d;
  d.Worker1(4).Record(EventKind::kWaitBegan, d.job, d.server);
  d.Loop(8).Record(EventKind::kConditionSignalled, d.job);
  d.Worker1(4).Release(d.server);
  EXPECT_THAT(Judge(6, Unfinished(d)).findings,
              ElementsAre("loop.cc:8: The event loop signals alice's call hostname, but no worker is awake to hear it: "
                          "every one is about to sleep or asleep."));
}

TEST(EveryJobTakenOnceTest, IsKeptByASignalThatComesAfterTheSleep) {
  Bypass d;
  d.Worker1(4).BeginWait(d.job);
  d.Loop(8).Record(EventKind::kConditionSignalled, d.job);
  EXPECT_EQ(Judge(6, Unfinished(d)).verdict, Verdict::kKept);
}

TEST(EveryJobTakenOnceTest, IsBrokenByAJobWithoutASignalThatEverybodySleepsOver) {
  Bypass d;
  d.Worker1(4).BeginWait(d.job);
  d.Loop(9).Record(EventKind::kPollEntered, d.loop, 3);
  EXPECT_THAT(Judge(6, Unfinished(d)).findings,
              ElementsAre("loop.cc:7: alice's call hostname is queued without a signal, and everybody sleeps."));
}

TEST(EveryJobTakenOnceTest, TwoSignalsForOneSleeperWakeOnlyOne) {
  SmallDaemon d;
  d.Worker2().Record(EventKind::kThreadEnded, d.worker2);
  d.Worker1().Acquire(d.server).BeginWait(d.job);
  d.Loop().Record(EventKind::kJobQueued, d.alice, 1).Record(EventKind::kConditionSignalled, d.job);
  d.Loop().Record(EventKind::kJobQueued, d.bob, 2).Record(EventKind::kConditionSignalled, d.job);
  d.Worker1().EndWait(d.job).Record(EventKind::kJobTaken, d.alice, 1).Release(d.server);
  d.Worker1(4).Acquire(d.server).BeginWait(d.job);  // Without another scan: bob's job stays.
  EXPECT_THAT(
      Judge(6, Unfinished(d)).findings,
      ElementsAre("worker.cc:4: worker-1 goes to sleep although bob's job 2 is queued and signalled, and no other "
                  "worker is awake."));
}

TEST(OnlyTheLoopDoesIoTest, IsBrokenByAWorkerThatClosesOrReads) {
  SmallDaemon d;
  d.Loop().Record(EventKind::kClientAccepted, d.alice);
  d.Worker1(4).Record(EventKind::kClientClosed, d.alice);
  d.Worker1(5).Record(EventKind::kPacketRead, d.alice, d.hostname);
  const std::string but = ", but its role is worker: only the event loop may do that.";
  EXPECT_THAT(Judge(7, d).findings,
              ElementsAre("worker.cc:4: worker-1 closes the connection of alice" + but,
                          "worker.cc:5: worker-1 has read a whole packet from alice: hostname" + but));
}

TEST(OnlyTheLoopDoesIoTest, IsBrokenByAWorkerThatShakesHandsOrDecrypts) {
  SmallDaemon d;
  d.Loop().Record(EventKind::kHandshakeBegan, d.alice);
  d.Worker1(4).Record(EventKind::kHandshakeEnded, d.alice);
  d.Worker1(5).Record(EventKind::kPacketDecrypted, d.alice, 28);
  d.Worker1(6).Record(EventKind::kClientRefused, d.alice, d.b.Add(trace::ObjectType::kReason, "too many clients"));
  const std::string but = ", but its role is worker: only the event loop may do that.";
  EXPECT_THAT(Judge(7, d).findings,
              ElementsAre("worker.cc:4: worker-1 has finished the handshake with alice" + but,
                          "worker.cc:5: worker-1 has decrypted a packet from alice (28 bytes)" + but,
                          "worker.cc:6: worker-1 turns away alice: too many clients" + but));
}

TEST(OnlyTheLoopDoesIoTest, SaysNothingOfAThreadWithoutARole) {
  SmallDaemon d;
  const ObjectId stranger = d.b.Thread("stranger");
  d.b.On(stranger).Record(EventKind::kClientClosed, d.alice);
  EXPECT_EQ(Judge(7, d).verdict, Verdict::kNotChecked);
  EXPECT_EQ(Judge(7, d).why_not, "the event loop does no I/O in the recording");
}

TEST(LeaderOnlyWaitsTest, IsKeptByALeaderThatJoins) {
  SmallDaemon d;
  d.Leader().Acquire(d.server).Release(d.server);  // Before the daemon has started it may.
  d.Leader().Record(EventKind::kDaemonStarted).Record(EventKind::kJoinBegan, d.loop_thread);
  d.Loop().Record(EventKind::kThreadEnded, d.loop_thread);
  d.Leader().Record(EventKind::kThreadJoined, d.loop_thread).Record(EventKind::kLoopEnded).Acquire(d.server);
  EXPECT_EQ(Judge(8, d).verdict, Verdict::kKept);
}

TEST(LeaderOnlyWaitsTest, IsBrokenByALeaderThatDoesAnythingElse) {
  SmallDaemon d;
  d.Leader(4).Record(EventKind::kDaemonStarted);
  d.Leader(5).Acquire(d.server).Release(d.server);
  d.Leader(6).Record(EventKind::kClientFreed, d.alice);
  const std::string when = " while the daemon runs, when it should only wait for the event loop to end.";
  EXPECT_THAT(Judge(8, d).findings, ElementsAre("leader.cc:5: The leader acquires the server lock" + when,
                                                "leader.cc:6: The leader frees alice" + when));
}

TEST(RecordedBreachTest, IsSaidOnceWhereTheTraceShowsItToo) {
  SmallDaemon d;
  d.Worker1(4)
      .Record(EventKind::kRuleBroken, d.alice_lock, trace::PackRuleAndObject(1, kNoObject))
      .Acquire(d.alice_lock);
  d.Worker1(5).Record(EventKind::kRuleBroken, d.hostname, trace::PackRuleAndObject(3, d.alice_lock));
  d.Worker1(5).Record(EventKind::kCallBegan, d.hostname, 1);
  EXPECT_THAT(Judge(1, d).findings,
              ElementsAre("worker.cc:4: worker-1 acquires alice's lock without holding the server lock."));
  EXPECT_THAT(Judge(3, d).findings, ElementsAre("worker.cc:5: worker-1 makes the driver call hostname while it holds "
                                                "alice's lock (taken at worker.cc:4)."));
}

TEST(RecordedBreachTest, IsSaidAlsoWhereTheTraceAloneDoesNotShowIt) {
  SmallDaemon d;
  d.Worker1(4).Acquire(d.driver_lock);
  d.Worker1(5).Record(EventKind::kRuleBroken, d.server, trace::PackRuleAndObject(1, d.driver_lock)).Acquire(d.server);
  const Judged judged = Judge(1, d);
  EXPECT_EQ(judged.verdict, Verdict::kBroken);
  EXPECT_THAT(judged.findings,
              ElementsAre("worker.cc:5: worker-1 asks for the server lock while it holds lock driver."));
}

TEST(RecordedBreachTest, CountsAsCheckedWhereTheProgramEndedAtIt) {
  SmallDaemon d;
  d.Worker1(4).Acquire(d.server);
  d.Worker1(5).Record(EventKind::kRuleBroken, d.hostname, trace::PackRuleAndObject(3, d.server));
  EXPECT_EQ(Judge(3, d).verdict, Verdict::kBroken);
  EXPECT_EQ(Judge(3, d).checked, 1u);
}

TEST(RecordedBreachTest, OfTwoOfAKindEachIsSaidOnce) {
  SmallDaemon d;
  for (const int line : {4, 5}) {
    d.Worker1(line).Record(EventKind::kRuleBroken, d.alice_lock, trace::PackRuleAndObject(1, kNoObject));
    d.Worker1(line).Acquire(d.alice_lock).Release(d.alice_lock);
  }
  EXPECT_EQ(Judge(1, d).findings.size(), 2u);
}

TEST(RecordedBreachTest, OfARuleThatDoesNotExistIsNone) {
  SmallDaemon d;
  d.Worker1().Record(EventKind::kRuleBroken, d.server, trace::PackRuleAndObject(200, kNoObject));
  const Trace trace = d.b.Build();
  EXPECT_THAT(CheckRules(Timeline(trace)).findings, IsEmpty());
}

TEST(LockOrderTest, CountsWhichClassWasAskedForUnderWhich) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const std::vector<OrderEdge> edges = LockOrderSeen(Timeline(trace));
  std::vector<std::string> seen;
  for (const OrderEdge& edge : edges) {
    seen.push_back(edge.held_class + " " + edge.wanted_class + " " + std::to_string(edge.count));
  }
  EXPECT_THAT(seen, ElementsAre("server loop 4", "server client 32", "client loop 8"));
  EXPECT_EQ(edges[0].first_step, 34u);
  EXPECT_THAT(FindOrderCycle(edges), IsEmpty());
}

TEST(LockOrderTest, SeesTheCircleOfADeadlockWhoseLocksAreNeverGranted) {
  SmallDaemon d;
  d.Loop().Acquire(d.server);
  d.Worker1().Acquire(d.alice_lock);
  d.Loop().Request(d.alice_lock);
  d.Worker1().Request(d.server);
  const Trace trace = d.b.Build();
  EXPECT_THAT(FindOrderCycle(LockOrderSeen(Timeline(trace))), ElementsAre("server", "client"));
}

TEST(LockOrderTest, TwoLocksOfOneClassAreACircleOfOne) {
  const std::vector<OrderEdge> edges{{"server", "client", 3, 0}, {"client", "client", 1, 5}};
  EXPECT_THAT(FindOrderCycle(edges), ElementsAre("client"));
}

TEST(LockOrderTest, OfAGraphWithoutACircleHasNone) {
  const std::vector<OrderEdge> edges{{"a", "b", 1, 0}, {"a", "c", 1, 0}, {"b", "d", 1, 0}, {"c", "d", 1, 0}};
  EXPECT_THAT(FindOrderCycle(edges), IsEmpty());
}

// R1 and R5 as the page of the model states them, looked up from the beginning of the trace for each event.
TEST(RulesTest, AgreeWithAPlainReadingOfR1AndR5OnRandomTraces) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const Trace trace = testing::RandomTrace(seed, 300);
    const auto class_of = [&](ObjectId lock) { return trace.object(lock).lock_class; };
    bool has_server = false, has_client = false;
    for (const trace::Object& object : trace.objects()) {
      has_server |= object.lock_class == "server";
      has_client |= object.lock_class == "client";
    }
    std::vector<size_t> r1, r5;
    for (size_t step = 0; step < trace.size(); ++step) {
      std::vector<ObjectId> held;
      bool asked = false;
      for (size_t i = 0; i < step; ++i) {
        if (trace.thread(i) != trace.thread(step)) continue;
        const trace::Event& before = trace.event(i);
        if (before.kind() == EventKind::kLockAcquired) held.push_back(before.object());
        if (before.kind() == EventKind::kLockReleased) std::erase(held, before.object());
        if (before.kind() == EventKind::kLockRequested) asked = true;
        if (before.kind() == EventKind::kLockAcquired) asked = false;
      }
      const trace::Event& event = trace.event(step);
      const bool attempt = event.kind() == EventKind::kLockRequested || event.kind() == EventKind::kLockTryFailed ||
                           (event.kind() == EventKind::kLockAcquired && !asked);
      const auto holds = [&](const char* wanted) {
        return std::any_of(held.begin(), held.end(), [&](ObjectId lock) { return class_of(lock) == wanted; });
      };
      if (attempt && has_server && has_client) {
        const bool client = class_of(event.object()) == "client" && (holds("client") || !holds("server"));
        const bool server = class_of(event.object()) == "server" && holds("client");
        if (client || server) r1.push_back(step);
      }
      if (event.kind() == EventKind::kWaitBegan && held != std::vector<ObjectId>{event.arg()}) r5.push_back(step);
    }
    std::vector<size_t> found1, found5;
    for (const Finding& finding : CheckRules(Timeline(trace)).findings) {
      if (finding.rule == 1) found1.push_back(finding.step);
      if (finding.rule == 5) found5.push_back(finding.step);
    }
    ASSERT_EQ(found1, r1);
    ASSERT_EQ(found5, r5);
  }
}

}  // namespace
}  // namespace lockscope::analysis
