#include "core/analysis/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/analysis/wait_graph.h"
#include "tests/core/analysis/small_daemon.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallDaemon;
using ::testing::StartsWith;
using trace::EventKind;
using trace::Role;
using trace::Trace;

Outcome OutcomeOf(const Trace& trace, const OutcomeOptions& options = {}) {
  const Timeline timeline(trace);
  return FindOutcome(timeline, CheckRules(timeline), options);
}

// Thread → what it waits for, as a scenario's `expect.blocked` says it.
std::vector<std::pair<std::string, std::string>> BlockedOf(const Outcome& outcome) {
  std::vector<std::pair<std::string, std::string>> blocked;
  for (const BlockedThread& thread : outcome.blocked) blocked.emplace_back(thread.thread_name, thread.waits_for);
  return blocked;
}
using Pair = std::pair<std::string, std::string>;

size_t LastStep(const Trace& trace, EventKind kind) {
  for (size_t step = trace.size(); step-- > 0;) {
    if (trace.event(step).kind() == kind) return step;
  }
  ADD_FAILURE() << "no such event";
  return 0;
}

// A small daemon with the events that outcomes are about.
class Daemon : public SmallDaemon {
 public:
  Daemon& End(const char* how) {
    b.Meta("end", how);
    return *this;
  }
  Daemon& LeaderWaitsForLoop() {
    Leader(75).Record(EventKind::kJoinBegan, loop_thread);
    return *this;
  }
  Daemon& Queue(ObjectId client, ObjectId lock, uint32_t number) {
    Loop(10).Acquire(server).Acquire(lock).Release(server);
    Loop(14).Record(EventKind::kPacketRead, client, hostname).Record(EventKind::kJobQueued, client, number);
    Loop(15).Record(EventKind::kConditionSignalled, job);
    Loop(16).Release(lock);
    return *this;
  }
  Daemon& Sleep(ObjectId worker) {
    b.On(worker, "worker.cc", 52).Acquire(server);
    b.On(worker, "worker.cc", 61).BeginWait(job);
    return *this;
  }
  Daemon& Wake(ObjectId worker) {
    b.On(worker, "worker.cc", 61).EndWait(job);
    return *this;
  }
  Daemon& Take(ObjectId worker, ObjectId client, ObjectId lock, uint32_t number) {
    b.On(worker, "worker.cc", 68).Acquire(lock).Release(server);
    b.On(worker, "worker.cc", 80).Record(EventKind::kJobTaken, client, number).Release(lock);
    return *this;
  }
  Daemon& Call(ObjectId worker, uint32_t number) {
    b.On(worker, "dispatch.cc", 33).Record(EventKind::kCallBegan, hostname, number);
    return *this;
  }
  Daemon& Answer(ObjectId worker, ObjectId client, ObjectId lock, uint32_t number) {
    b.On(worker, "dispatch.cc", 35).Record(EventKind::kCallEnded, hostname, number);
    b.On(worker, "worker.cc", 97).Acquire(server).Acquire(lock).Release(server);
    b.On(worker, "worker.cc", 104).Record(EventKind::kReplyQueued, client, number).Release(lock);
    return *this;
  }
  Daemon& Write(ObjectId client, ObjectId lock, uint32_t number) {
    Loop(20).Acquire(server).Acquire(lock).Release(server);
    Loop(21).Record(EventKind::kReplyWritten, client, number).Release(lock);
    return *this;
  }
  Daemon& Poll() {
    Loop(118).Record(EventKind::kPollEntered, loop, 2);
    return *this;
  }
  // worker-1 has alice's lock and wants the server's; the loop has that and wants alice's.
  Daemon& Cross() {
    Loop(30).At(10'000).Acquire(server);
    Worker1(40).At(20'000).Acquire(alice_lock);
    Loop(31).At(30'000).Request(alice_lock);
    Worker1(41).At(40'000).Request(server);
    return *this;
  }
  // One call, served from beginning to end by worker-1, while worker-2 sleeps.
  Daemon& OneCall() {
    Sleep(worker2);
    Sleep(worker1).Queue(alice, alice_lock, 1).Wake(worker1).Take(worker1, alice, alice_lock, 1).Call(worker1, 1);
    return Answer(worker1, alice, alice_lock, 1).Write(alice, alice_lock, 1);
  }
  Daemon& AllEnd() {
    for (const ObjectId worker : {worker1, worker2}) b.On(worker).Record(EventKind::kThreadEnded, worker);
    Loop().Record(EventKind::kThreadEnded, loop_thread);
    Leader().Record(EventKind::kThreadEnded, leader);
    return End("finished");
  }
};

TEST(OutcomeTest, EachNameIsReadBackAsItsKindAndNoOtherNameIsOne) {
  for (const std::string_view name : OutcomeNames()) {
    const std::optional<OutcomeKind> kind = OutcomeFromName(name);
    ASSERT_TRUE(kind.has_value()) << name;
    EXPECT_EQ(OutcomeName(*kind), name);
  }
  EXPECT_EQ(OutcomeNames().size(), 10u);
  EXPECT_EQ(OutcomeFromName("lost wake-up"), OutcomeKind::kLostWakeUp);
  EXPECT_EQ(OutcomeFromName("use after free"), OutcomeKind::kUseAfterFree);
  EXPECT_EQ(OutcomeFromName("Deadlock"), std::nullopt);
  EXPECT_EQ(OutcomeFromName(""), std::nullopt);
}

TEST(OutcomeTest, ARunThatServesItsCallsAndEndsIsClean) {
  Daemon d;
  d.OneCall().Poll();
  d.Wake(d.worker2).b.Release(d.server);
  d.AllEnd();
  const Outcome outcome = OutcomeOf(d.b.Build());
  EXPECT_EQ(outcome.kind, OutcomeKind::kClean) << outcome.sentence;
  EXPECT_EQ(outcome.sentence, "Clean: one call was answered, no rule is broken, and every thread has ended.");
  EXPECT_THAT(outcome.blocked, IsEmpty());
}

TEST(OutcomeTest, APlainRecordingIsNotBlamedForStoppingWhileThreadsSleep) {
  const Outcome sample = OutcomeOf(testing::FourClientsThreeWorkers());
  EXPECT_EQ(sample.kind, OutcomeKind::kClean);
  EXPECT_EQ(sample.sentence, "Clean: 4 calls were answered, no rule is broken.");

  Daemon d;
  d.OneCall().Sleep(d.worker1).Poll().LeaderWaitsForLoop();
  d.Queue(d.alice, d.alice_lock, 2);  // Its signal is on the way to worker-1.
  trace::TraceParts killed = d.b.Build().ToParts();
  killed.info.finished = false;
  const Outcome outcome = OutcomeOf(*Trace::Build(std::move(killed)));
  EXPECT_EQ(outcome.kind, OutcomeKind::kClean) << outcome.sentence;
  EXPECT_THAT(outcome.blocked, IsEmpty());
  EXPECT_EQ(OutcomeOf(Trace()).kind, OutcomeKind::kClean);
}

TEST(OutcomeTest, ADeadlockNamesThreadsLocksAndPlacesAndItsStepClosesTheCircle) {
  Daemon d;
  d.LeaderWaitsForLoop().Sleep(d.worker2).Cross().End("stuck");
  const Trace trace = d.b.Build();
  const Outcome outcome = OutcomeOf(trace);
  EXPECT_EQ(outcome.kind, OutcomeKind::kDeadlock);
  EXPECT_EQ(outcome.sentence,
            "Deadlock: the event loop waits for alice's lock, which worker-1 holds (taken at worker.cc:40); worker-1 "
            "waits for the server lock, which the event loop holds (taken at loop.cc:30). None of them can go on.");
  EXPECT_EQ(outcome.step, LastStep(trace, EventKind::kLockRequested));
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("loop", "client alice"), Pair("worker-1", "server")))
      << "neither the leader, who only waits, nor a worker without a job is in the circle";
  EXPECT_THAT(outcome.blocked[0].text, StartsWith("The event loop has been waiting 10.0 us for alice's lock."));
  EXPECT_EQ(outcome.blocked[1].text,
            "worker-1 waits for the server lock, which the event loop holds (taken at loop.cc:30).");
}

TEST(OutcomeTest, WhoWaitsBehindACircleIsBlockedToo) {
  Daemon d;
  d.Cross().Worker2(50).Request(d.server);
  const Outcome outcome = OutcomeOf(d.b.Build());
  EXPECT_THAT(outcome.sentence, EndsWith("None of them can go on. worker-2 waits behind them."));
  EXPECT_THAT(BlockedOf(outcome),
              ElementsAre(Pair("loop", "client alice"), Pair("worker-1", "server"), Pair("worker-2", "server")));
}

TEST(OutcomeTest, AThreadThatWantsWhatItHoldsIsADeadlock) {
  Daemon d;
  d.Loop(7).Acquire(d.loop_lock).Request(d.loop_lock);
  const Outcome outcome = OutcomeOf(d.b.Build());
  EXPECT_EQ(outcome.kind, OutcomeKind::kDeadlock);
  EXPECT_EQ(outcome.sentence,
            "Deadlock: the event loop waits for the event-loop lock, which it holds itself (taken at loop.cc:7). It "
            "can never go on.");
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("loop", "loop")));
}

TEST(OutcomeTest, ACircleIsADeadlockWhateverTheRecordingSaysOfItsEnd) {
  for (const char* end : {"finished", "stuck", "step limit", "watchdog", "", "a new word"}) {
    Daemon d;
    d.Cross().End(end);
    EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kDeadlock) << end;
  }
}

// The bug that bypasses the server lock: the scan was fruitless, then the loop queues and signals, then the worker waits.
void LoseTheWakeUp(Daemon& d) {
  d.b.On(d.worker2).Record(EventKind::kThreadEnded, d.worker2);
  d.Worker1(52).Acquire(d.server);
  d.Loop(11).Acquire(d.alice_lock);
  d.Loop(14).Record(EventKind::kPacketRead, d.alice, d.hostname).Record(EventKind::kJobQueued, d.alice, 1);
  d.Loop(15).Record(EventKind::kConditionSignalled, d.job).Release(d.alice_lock);
  d.Worker1(61).BeginWait(d.job);
  d.Poll().LeaderWaitsForLoop();
}

TEST(OutcomeTest, ALostWakeUpSaysWhoSignalledBeforeWhoWaited) {
  Daemon d;
  LoseTheWakeUp(d);
  d.End("stuck");
  const Trace trace = d.b.Build();
  const Outcome outcome = OutcomeOf(trace);
  EXPECT_EQ(outcome.kind, OutcomeKind::kLostWakeUp);
  EXPECT_EQ(
      outcome.sentence,
      "Lost wake-up: alice's call hostname lies in alice's dx queue (dx: calls waiting), and worker-1 sleeps: the "
      "event loop signalled (at loop.cc:15) before worker-1 began to wait (at worker.cc:61), so nobody heard "
      "it.");
  EXPECT_EQ(outcome.step, LastStep(trace, EventKind::kWaitBegan));
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("loop", "poll"), Pair("worker-1", "condition job")));
}

TEST(OutcomeTest, ALostWakeUpIsSeenInARecordingThatDoesNotSayHowItEnded) {
  Daemon d;
  LoseTheWakeUp(d);
  EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kLostWakeUp);
  Daemon limited;
  LoseTheWakeUp(limited);
  limited.End("step limit");
  EXPECT_EQ(OutcomeOf(limited.b.Build()).kind, OutcomeKind::kLostWakeUp);
}

TEST(OutcomeTest, AJobWithoutASignalIsALostWakeUpOnceNobodyCanGoOn) {
  Daemon d;
  d.Sleep(d.worker1).Sleep(d.worker2);
  d.Loop(10).Acquire(d.server).Acquire(d.alice_lock).Release(d.server);
  d.Loop(14).Record(EventKind::kJobQueued, d.alice, 1).Release(d.alice_lock);
  d.Poll();
  const Outcome running = OutcomeOf(d.b.Build());
  EXPECT_NE(running.kind, OutcomeKind::kLostWakeUp) << "the signal may still come";
  d.End("stuck");
  const Outcome stuck = OutcomeOf(d.b.Build());
  EXPECT_EQ(stuck.kind, OutcomeKind::kLostWakeUp);
  EXPECT_THAT(stuck.sentence, EndsWith("and worker-1 and worker-2 sleep; the job condition was not signalled for it."));
}

TEST(OutcomeTest, AWorkerThatIsAtWorkWillFindTheJob) {
  Daemon d;
  d.Sleep(d.worker1).Sleep(d.worker2);
  d.Queue(d.alice, d.alice_lock, 1).Wake(d.worker1).Take(d.worker1, d.alice, d.alice_lock, 1).Call(d.worker1, 1);
  d.Queue(d.bob, d.bob_lock, 2).Poll();
  EXPECT_NE(OutcomeOf(d.End("watchdog").b.Build()).kind, OutcomeKind::kLostWakeUp);
}

TEST(OutcomeTest, AReplyInTxWhileTheLoopSleepsIsStuck) {
  Daemon d;
  d.b.On(d.worker2).Record(EventKind::kThreadEnded, d.worker2);
  d.Sleep(d.worker1).Poll().Loop().Record(EventKind::kPollReturned, d.loop, 1);
  d.Loop(70).Record(EventKind::kWatchUpdated, d.alice_watch, trace::kIoReadable);
  d.Queue(d.alice, d.alice_lock, 1).Poll().Wake(d.worker1).Take(d.worker1, d.alice, d.alice_lock, 1);
  d.Call(d.worker1, 1).Answer(d.worker1, d.alice, d.alice_lock, 1).Sleep(d.worker1);
  EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kClean) << "a recording that was cut here says nothing";
  d.End("stuck");
  const Trace trace = d.b.Build();
  const Outcome outcome = OutcomeOf(trace);
  EXPECT_EQ(outcome.kind, OutcomeKind::kStuckReply);
  EXPECT_EQ(outcome.sentence,
            "Stuck reply: worker-1 has queued the reply to alice's call hostname on alice's tx queue (at "
            "worker.cc:104), but the event loop sleeps in poll and has not been told to watch alice for writing.");
  EXPECT_EQ(outcome.step, LastStep(trace, EventKind::kReplyQueued));
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("loop", "poll"), Pair("worker-1", "condition job")));
}

TEST(OutcomeTest, AStuckReplyThatTheLoopIsToldOfIsNotBlamedOnTheWatch) {
  Daemon d;
  d.Poll().Queue(d.alice, d.alice_lock, 1);
  d.Take(d.worker1, d.alice, d.alice_lock, 1).Answer(d.worker1, d.alice, d.alice_lock, 1);
  d.Worker1(70).Record(EventKind::kWatchUpdated, d.alice_watch, trace::kIoReadable | trace::kIoWritable);
  d.Sleep(d.worker1).Poll();
  EXPECT_THAT(OutcomeOf(d.End("stuck").b.Build()).sentence, EndsWith("but the event loop sleeps in poll."));
}

TEST(OutcomeTest, ALostWakeUpStandsBeforeAStuckReply) {
  Daemon d;
  d.Sleep(d.worker1).Poll();
  d.Queue(d.alice, d.alice_lock, 1).Wake(d.worker1).Take(d.worker1, d.alice, d.alice_lock, 1).Call(d.worker1, 1);
  d.Answer(d.worker1, d.alice, d.alice_lock, 1).Queue(d.bob, d.bob_lock, 2).Poll().Sleep(d.worker1).Sleep(d.worker2);
  EXPECT_EQ(OutcomeOf(d.End("stuck").b.Build()).kind, OutcomeKind::kLostWakeUp);
}

TEST(OutcomeTest, AHangAtShutdownSaysWhoWaitsForWhoseEnd) {
  Daemon d;
  d.LeaderWaitsForLoop().Sleep(d.worker1).Sleep(d.worker2);
  d.Loop(160).Acquire(d.server).Record(EventKind::kConditionSignalled, d.job).Release(d.server);
  d.Wake(d.worker2).b.Release(d.server).Record(EventKind::kThreadEnded, d.worker2);
  d.Loop(168).Record(EventKind::kJoinBegan, d.worker1);
  const Trace trace = d.End("stuck").b.Build();
  const Outcome outcome = OutcomeOf(trace);
  EXPECT_EQ(outcome.kind, OutcomeKind::kHang);
  EXPECT_EQ(
      outcome.sentence,
      "Hang: the event loop waits for the end of worker-1; worker-1 waits on the condition job. Nobody is left to "
      "wake them.");
  EXPECT_EQ(outcome.step, LastStep(trace, EventKind::kJoinBegan));
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("loop", "end of worker-1"), Pair("worker-1", "condition job")));
}

TEST(OutcomeTest, AHangOfAllWorkersInTheDriverSaysWhatLiesInDx) {
  Daemon d;
  const ObjectId begun = d.b.Condition("begun", d.driver_lock);
  uint32_t number = 0;
  for (const ObjectId worker : {d.worker1, d.worker2}) {
    ++number;
    d.Sleep(worker).Queue(d.alice, d.alice_lock, number).Wake(worker).Take(worker, d.alice, d.alice_lock, number);
    d.Call(worker, number).b.On(worker, "driver.cc", 9).Acquire(d.driver_lock).BeginWait(begun);
  }
  d.Queue(d.bob, d.bob_lock, 3).Poll();
  const Outcome outcome = OutcomeOf(d.End("watchdog").b.Build());
  EXPECT_EQ(outcome.kind, OutcomeKind::kHang);
  EXPECT_EQ(
      outcome.sentence,
      "Hang: worker-1 and worker-2 wait on the condition begun in the driver call hostname; the event loop sleeps "
      "in poll. Nobody is left to wake them. Meanwhile bob's call hostname waits in dx.");
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("loop", "poll"), Pair("worker-1", "condition begun"),
                                              Pair("worker-2", "condition begun")));
}

TEST(OutcomeTest, AHangOnALockSaysWhoNeverLetItGo) {
  Daemon d;
  d.Worker1(5).Acquire(d.driver_lock).Record(EventKind::kThreadEnded, d.worker1);
  d.Worker2(6).Request(d.driver_lock);
  const Outcome outcome = OutcomeOf(d.End("stuck").b.Build());
  EXPECT_EQ(outcome.kind, OutcomeKind::kHang);
  EXPECT_THAT(outcome.sentence,
              StartsWith("Hang: worker-2 waits for lock driver, which worker-1 holds (taken at worker.cc:5)."));
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("worker-2", "driver")));
}

TEST(OutcomeTest, StarvationNamesTheOldestWaitAndHowOftenOthersCameFirst) {
  Daemon d;
  d.Worker1().At(1000).Acquire(d.server);
  d.Worker2(6).At(2000).Request(d.server);
  for (int i = 0; i < 3; ++i) d.Worker1().Release(d.server).Acquire(d.server);
  d.Worker1().At(9000).Release(d.server);
  const Outcome outcome = OutcomeOf(d.End("step limit").b.Build());
  EXPECT_EQ(outcome.kind, OutcomeKind::kStarvation);
  EXPECT_EQ(outcome.sentence,
            "Starvation: worker-2 has been waiting 7.00 us for the server lock; others have got it 3 times meanwhile. "
            "The run went on until its limit of steps.");
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("worker-2", "server")));
}

TEST(OutcomeTest, StarvationCanBeThatOfACallOrOfAThreadThatWaitsOnACondition) {
  Daemon d;
  d.Queue(d.alice, d.alice_lock, 1);
  EXPECT_THAT(
      OutcomeOf(d.End("step limit").b.Build()).sentence,
      AllOf(StartsWith("Starvation: alice's call hostname has been waiting"), HasSubstr("nobody has taken it")));
  Daemon sleeper;
  sleeper.Sleep(sleeper.worker1).Poll();
  EXPECT_THAT(OutcomeOf(sleeper.End("step limit").b.Build()).sentence,
              EndsWith("limit of steps. worker-1 waits on the condition job."));
}

// Two calls of alice's under way at once, both answered in the end.
void TwoCallsAtOnce(Daemon& d) {
  d.Sleep(d.worker2).Sleep(d.worker1).Queue(d.alice, d.alice_lock, 1).Queue(d.alice, d.alice_lock, 2);
  for (const uint32_t number : {1u, 2u}) {
    const ObjectId worker = number == 1 ? d.worker1 : d.worker2;
    d.Wake(worker).Take(worker, d.alice, d.alice_lock, number).Call(worker, number);
    d.Answer(worker, d.alice, d.alice_lock, number).Write(d.alice, d.alice_lock, number);
  }
  d.AllEnd();
}

TEST(OutcomeTest, MoreCallsUnderWayThanAllowedAreAnOverrun) {
  Daemon d;
  TwoCallsAtOnce(d);
  d.b.Meta("max_client_requests", "1");
  const Trace trace = d.b.Build();
  const Outcome outcome = OutcomeOf(trace);
  EXPECT_EQ(outcome.kind, OutcomeKind::kOverrun);
  EXPECT_EQ(outcome.sentence,
            "Overrun: the event loop queues call number 2 of alice (at loop.cc:14) while another is under way, though "
            "the daemon allows 1.");
  EXPECT_EQ(outcome.step, LastStep(trace, EventKind::kJobQueued));
}

TEST(OutcomeTest, AsManyCallsAsAllowedAreNoOverrunNorIsALimitThatIsNoNumber) {
  for (const char* limit : {"2", "0", "many", "-1", ""}) {
    Daemon d;
    TwoCallsAtOnce(d);
    d.b.Meta("max_client_requests", limit);
    EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kClean) << limit;
  }
}

TEST(OutcomeTest, AnAnsweredCallIsNoLongerUnderWay) {
  Daemon d;
  d.Sleep(d.worker2);
  for (const uint32_t number : {1u, 2u, 3u}) {
    d.Sleep(d.worker1).Queue(d.alice, d.alice_lock, number).Wake(d.worker1);
    d.Take(d.worker1, d.alice, d.alice_lock, number).Call(d.worker1, number);
    d.Answer(d.worker1, d.alice, d.alice_lock, number).Write(d.alice, d.alice_lock, number);
  }
  d.AllEnd().b.Meta("max_client_requests", "1");
  EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kClean);
}

TEST(OutcomeTest, AWaitBeyondThePatienceIsADelayAndStandsBeforeBrokenRules) {
  const Trace sample = testing::FourClientsThreeWorkers();
  EXPECT_EQ(OutcomeOf(sample, {.patience_ns = 50'000'000}).kind, OutcomeKind::kClean);
  const Outcome outcome = OutcomeOf(sample, {.patience_ns = 10'000'000});
  EXPECT_EQ(outcome.kind, OutcomeKind::kDelay);
  EXPECT_THAT(outcome.sentence, StartsWith("Delay, longer than the 10.0 ms of patience: dave's call hostname waited "
                                           "34.9 ms in dave's dx queue"));

  SmallDaemon d;  // The same for a lock, with the patience in the recording, and R1 broken besides.
  d.Worker1(4).At(1000).Acquire(d.alice_lock);
  d.Loop(5).At(2000).Request(d.alice_lock);
  d.Worker1(6).At(9000).Release(d.alice_lock);
  d.Loop(5).Acquire(d.alice_lock);
  EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kFindings);
  d.b.Meta("patience_ns", "5000");
  EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kDelay);
  EXPECT_EQ(OutcomeOf(d.b.Build(), {.patience_ns = 8000}).kind, OutcomeKind::kFindings) << "the option goes first";
}

// The scan convoy: the scanner waits for a client's lock, with the server lock in its hand; all stand behind it.
TEST(OutcomeTest, ADelaySaysWhoElseWaitedTooLongMeanwhileAndForWhom) {
  SmallDaemon d;
  d.Worker1(4).At(1000).Acquire(d.alice_lock);
  d.Worker2(5).At(2000).Acquire(d.server).Request(d.alice_lock);
  d.Loop(6).At(3000).Request(d.server);
  d.Leader(7).At(8500).Request(d.server);  // Not for long.
  d.Worker1(4).At(9000).Release(d.alice_lock);
  d.Worker2(5).Acquire(d.alice_lock).Release(d.server);
  d.Leader(7).Acquire(d.server).Release(d.server);
  d.Loop(6).Acquire(d.server);
  EXPECT_EQ(
      OutcomeOf(d.b.Build(), {.patience_ns = 5000}).sentence,
      "Delay, longer than the 5.00 us of patience: worker-2 waited 7.00 us for alice's lock: worker-1 held it "
      "(taken at worker.cc:4). Meanwhile the event loop waited 6.01 us for the server lock, which worker-2 held.");
}

// Starvation: no worker is idle, and no call is long; others are taken first, again and again.
TEST(OutcomeTest, ADelaySaysWhoseCallsWereTakenFirstAndStandsWhereThePatienceIsOver) {
  const auto run = [](const std::vector<std::pair<std::string, int64_t>>& others) {
    SmallDaemon d;
    const ObjectId carol = d.b.Add(trace::ObjectType::kClient, "carol");
    d.Loop().At(100).Record(EventKind::kJobQueued, d.alice, 1);  // It came before: it does not count.
    d.Loop().At(1'000).Record(EventKind::kJobQueued, d.bob, 2);
    d.Worker1().At(1'500).Record(EventKind::kJobTaken, d.alice, 1);
    uint32_t number = 2;
    for (const auto& [name, taken_ns] : others) {
      const ObjectId client = name == "carol" ? carol : d.alice;
      d.Loop().At(taken_ns - 100).Record(EventKind::kJobQueued, client, ++number);
      d.Worker1().At(taken_ns).Record(EventKind::kJobTaken, client, number);
    }
    d.Worker1().At(50'000).Record(EventKind::kJobTaken, d.bob, 2);
    const Trace trace = d.b.Build();
    const Outcome outcome = OutcomeOf(trace, {.patience_ns = 5'000});
    EXPECT_EQ(outcome.kind, OutcomeKind::kDelay);
    const size_t dot = outcome.sentence.find(". ");
    return std::pair(dot == std::string::npos ? "" : outcome.sentence.substr(dot + 2), trace.TimeNs(outcome.step));
  };
  using Said = std::pair<std::string, int64_t>;
  EXPECT_EQ(run({{"alice", 4'000}, {"alice", 7'000}, {"alice", 9'000}}),
            Said("3 calls that came later were taken before it, all of them alice's.", 7'000));
  EXPECT_EQ(run({{"alice", 7'000}, {"carol", 8'000}, {"alice", 9'000}}),
            Said("3 calls that came later were taken before it, 2 of them alice's.", 7'000));
  EXPECT_EQ(run({{"carol", 7'000}}), Said("A call that came later was taken before it, carol's.", 7'000));
  EXPECT_EQ(run({}).first, "");
}

TEST(OutcomeTest, ABrokenRuleIsAFindingButAdviceIsNone) {
  Daemon d;
  d.Worker1(4).Acquire(d.alice_lock).Release(d.alice_lock);
  d.AllEnd();
  const Outcome outcome = OutcomeOf(d.b.Build());
  EXPECT_EQ(outcome.kind, OutcomeKind::kFindings);
  EXPECT_EQ(outcome.sentence,
            "R1 server-before-client is broken at worker.cc:4: worker-1 acquires alice's lock without holding the "
            "server lock.");

  Daemon slow;  // R4.
  slow.Worker1(4).At(0).Acquire(slow.server).At(5'000'000).Release(slow.server);
  slow.AllEnd();
  EXPECT_EQ(OutcomeOf(slow.b.Build()).kind, OutcomeKind::kClean);
}

TEST(OutcomeTest, AnOverrunStandsBeforeADelay) {
  Daemon d;
  TwoCallsAtOnce(d);
  d.b.Meta("max_client_requests", "1").Meta("patience_ns", "1");
  EXPECT_EQ(OutcomeOf(d.b.Build()).kind, OutcomeKind::kOverrun);
}

TEST(OutcomeTest, UseAfterFreeStandsBeforeEverythingElse) {
  Daemon d;
  d.Sleep(d.worker1).Queue(d.alice, d.alice_lock, 1).Wake(d.worker1).Take(d.worker1, d.alice, d.alice_lock, 1);
  d.Call(d.worker1, 1);
  d.Loop(140).Acquire(d.server).Record(EventKind::kClientFreed, d.alice).Release(d.server);
  d.b.On(d.worker1, "dispatch.cc", 35).Record(EventKind::kCallEnded, d.hostname, 1);
  d.b.On(d.worker1, "worker.cc", 97).Record(EventKind::kFreedClientUsed, d.alice);
  d.Loop(7).Acquire(d.loop_lock).Request(d.loop_lock);
  const Trace trace = d.b.Build();
  const Outcome outcome = OutcomeOf(trace);
  EXPECT_EQ(outcome.kind, OutcomeKind::kUseAfterFree);
  EXPECT_EQ(outcome.sentence,
            "Use after free: worker-1 uses client alice (at worker.cc:97), which the event loop freed during alice's "
            "call hostname (at loop.cc:140).");
  EXPECT_EQ(outcome.step, LastStep(trace, EventKind::kFreedClientUsed));
  EXPECT_THAT(BlockedOf(outcome), ElementsAre(Pair("loop", "loop"))) << "the deadlock's victims are named all the same";
}

TEST(OutcomeTest, HasASentenceWhateverHappened) {
  for (uint64_t seed = 1; seed <= 120; ++seed) {
    for (const char* end : {"", "finished", "stuck", "step limit", "watchdog"}) {
      SCOPED_TRACE(std::string(end) + " " + std::to_string(seed));
      trace::TraceParts parts = testing::RandomTrace(seed, 150).ToParts();
      parts.info.meta = {{"end", end}, {"max_client_requests", "2"}, {"patience_ns", "1000"}};
      const Trace trace = *Trace::Build(std::move(parts));
      const Outcome outcome = OutcomeOf(trace);
      EXPECT_THAT(outcome.sentence, EndsWith("."));
      EXPECT_LT(outcome.step, trace.size());
      const WaitGraph graph = WaitGraphAt(Timeline(trace), trace.size() - 1);
      if (!graph.circles.empty() && outcome.kind != OutcomeKind::kUseAfterFree) {
        EXPECT_EQ(outcome.kind, OutcomeKind::kDeadlock);
      }
      for (const BlockedThread& blocked : outcome.blocked) {
        EXPECT_FALSE(blocked.thread_name.empty() || blocked.waits_for.empty() || blocked.text.empty());
      }
    }
  }
}

}  // namespace
}  // namespace lockscope::analysis
