#include "core/analysis/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/analysis/phrases.h"
#include "tests/core/analysis/small_daemon.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::SmallDaemon;
using trace::EventKind;
using trace::Trace;

std::vector<std::string> Texts(const std::vector<Sentence>& sentences) {
  std::vector<std::string> texts;
  for (const Sentence& sentence : sentences) texts.push_back(sentence.text);
  return texts;
}

// The sentences after the last event that has been written, as of a time.
std::vector<std::string> TextsNow(const SmallDaemon& d, int64_t now_ns) {
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  return Texts(SentencesAt(timeline, trace.size() - 1, now_ns));
}

size_t FirstStep(const Trace& trace, EventKind kind, ObjectId object) {
  for (size_t step = 0; step < trace.size(); ++step) {
    if (trace.event(step).kind() == kind && trace.event(step).object() == object) return step;
  }
  ADD_FAILURE() << "no such event";
  return 0;
}

TEST(FormatDurationTest, HasThreeSignificantDigitsAndAUnit) {
  EXPECT_EQ(FormatDuration(0), "0 ns");
  EXPECT_EQ(FormatDuration(5), "5 ns");
  EXPECT_EQ(FormatDuration(350), "350 ns");
  EXPECT_EQ(FormatDuration(1'000), "1.00 us");
  EXPECT_EQ(FormatDuration(42'000), "42.0 us");
  EXPECT_EQ(FormatDuration(1'800'000), "1.80 ms");
  EXPECT_EQ(FormatDuration(12'000'000'000), "12.0 s");
  EXPECT_EQ(FormatDuration(100'000'000'000), "100 s");
}

TEST(FormatDurationTest, RoundsIntoTheNextUnitWhereTheDigitsAskForIt) {
  EXPECT_EQ(FormatDuration(999), "999 ns");
  EXPECT_EQ(FormatDuration(9'994), "9.99 us");
  EXPECT_EQ(FormatDuration(9'995), "10.0 us");
  EXPECT_EQ(FormatDuration(999'499), "999 us");
  EXPECT_EQ(FormatDuration(999'500), "1.00 ms");
  EXPECT_EQ(FormatDuration(999'500'000), "1.00 s");
}

TEST(FormatDurationTest, OfHoursIsInWholeSeconds) {
  EXPECT_EQ(FormatDuration(7'200'400'000'000), "7200 s");
  EXPECT_EQ(FormatDuration(INT64_MAX), "9223372037 s");
}

TEST(FormatDurationTest, OfClocksThatDisagreeIsNegative) { EXPECT_EQ(FormatDuration(-350), "-350 ns"); }

TEST(PhrasesTest, CallLocksAsPeopleDo) {
  SmallDaemon d;
  const ObjectId plain = d.b.Mutex("cache", "");
  const ObjectId orphan = d.b.Mutex("carol", "client");
  const Trace trace = d.b.Build();
  EXPECT_EQ(LockPhrase(trace, d.server), "the server lock");
  EXPECT_EQ(LockPhrase(trace, d.alice_lock), "alice's lock");
  EXPECT_EQ(LockPhrase(trace, d.loop_lock), "the event-loop lock");
  EXPECT_EQ(LockPhrase(trace, d.driver_lock), "lock driver");
  EXPECT_EQ(LockPhrase(trace, plain), "lock cache");
  EXPECT_EQ(LockPhrase(trace, orphan), "carol's lock");
}

TEST(PhrasesTest, CallAThreadByARoleThatItAloneHas) {
  SmallDaemon d;
  Trace trace = d.b.Build();
  EXPECT_EQ(ThreadPhrase(trace, d.loop_thread), "the event loop");
  EXPECT_EQ(ThreadName(trace, d.leader), "leader");
  EXPECT_EQ(ThreadPhrase(trace, d.worker1), "worker-1");
  d.b.Thread("event-loop-2", trace::Role::kEventLoop);
  trace = d.b.Build();
  EXPECT_EQ(ThreadPhrase(trace, d.loop_thread), "event-loop");
}

TEST(DescribeEventTest, SaysWhatHappenedInAClause) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const auto at = [&](size_t step) { return DescribeEvent(trace, step); };
  EXPECT_EQ(at(0), "leader starts");
  EXPECT_EQ(at(3), "event loop takes the role of event loop");
  EXPECT_EQ(at(19), "event loop goes to sleep in poll on 2 handles");
  EXPECT_EQ(at(21), "leader waits for the end of the event loop");
  EXPECT_EQ(at(30), "event loop returns from poll, 1 handle ready");
  EXPECT_EQ(at(35), "event loop sets alice's watch to reading");
  EXPECT_EQ(at(88), "worker-1 has to wait for alice's lock, which the event loop holds");
  EXPECT_EQ(at(89), "event loop has read a whole packet from alice: hostname");
  EXPECT_EQ(at(90), "event loop queues hostname on alice's dx");
  EXPECT_EQ(at(91), "event loop signals job");
  EXPECT_EQ(at(94), "worker-1 acquires alice's lock");
  EXPECT_EQ(at(96), "worker-1 takes hostname from alice's dx");
  EXPECT_EQ(at(98), "worker-1 begins the driver call hostname");
  EXPECT_EQ(at(148), "worker-1 queues the reply to hostname on alice's tx");
  EXPECT_EQ(at(152), "worker-1 wakes the event loop");
  EXPECT_EQ(at(173), "event loop has written the whole reply to alice");
}

TEST(DescribeEventTest, HasWordsForEveryKind) {
  for (const trace::KindInfo& kind : trace::AllKinds()) {
    SCOPED_TRACE(kind.name);
    trace::TraceBuilder b;
    b.On(b.Thread("worker-1")).Record(kind.kind, 1, kind.kind == EventKind::kLockAcquired ? 1 : 0);
    const Trace trace = b.Build();
    const std::string text = DescribeEvent(trace, trace.size() - 1);
    EXPECT_THAT(text, ::testing::StartsWith("worker-1 "));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("unknown")));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("_")));
    const Timeline timeline(trace);
    EXPECT_THAT(DescribeEventDetails(timeline, trace.size() - 1), SizeIs(::testing::Le(5u)));
  }
}

TEST(DescribeEventDetailsTest, SayWhenWhereAndHowLong) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  EXPECT_THAT(DescribeEventDetails(timeline, 94),
              ElementsAre("worker-1 acquires alice's lock.", "At 5.83 ms, step 95 of 357, core/daemon/worker.cc:68.",
                          "Hold 2 of alice's lock: kept for 3.00 us, after a wait of 1.80 ms.",
                          "worker-1 holds the server lock and alice's lock now."));
  EXPECT_THAT(DescribeEventDetails(timeline, 90),
              ElementsAre("The event loop queues hostname on alice's dx.",
                          "At 5.83 ms, step 91 of 357, core/daemon/client.cc:140.",
                          "Job 2, hostname for alice: 5.00 us in dx, 40.0 ms in the driver call, taken by worker-1.",
                          "The event loop holds alice's lock now."));
  EXPECT_THAT(DescribeEventDetails(timeline, 88),
              ElementsAre("worker-1 has to wait for alice's lock, which the event loop holds.",
                          "At 4.03 ms, step 89 of 357, core/daemon/worker.cc:68.", "It gets it after 1.80 ms.",
                          "worker-1 holds the server lock now."));
}

TEST(ActivityPhraseTest, IsAFewWords) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const auto at = [&](size_t thread, size_t step) { return ActivityPhrase(trace, timeline.ActivityAt(thread, step)); };
  EXPECT_EQ(at(0, 100), "waits for the end of the event loop");
  EXPECT_EQ(at(1, 19), "polling");
  EXPECT_EQ(at(2, 20), "idle");
  EXPECT_EQ(at(2, 88), "wants alice's lock");
  EXPECT_EQ(at(2, 100), "driver call hostname");
  EXPECT_EQ(at(2, 95), "running");
}

TEST(SentencesTest, ABlockedThreadSaysWhoHoldsWhatItWantsSinceWhenTakenWhereAndWhatFreesIt) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const std::vector<Sentence> sentences = SentencesAt(timeline, 88, trace.TimeNs(89));
  ASSERT_THAT(sentences, SizeIs(2));
  EXPECT_EQ(sentences[0].text,
            "worker-1 has been waiting 1.80 ms for alice's lock. The event loop holds it (taken at "
            "core/daemon/client.cc:88) and is reading a packet; worker-1 goes on when the event loop releases it.");
  EXPECT_EQ(sentences[0].about, Sentence::About::kBlockedThread);
  EXPECT_EQ(trace.Name(sentences[0].thread), "worker-1");
  EXPECT_EQ(trace.Name(sentences[0].lock), "alice");
  EXPECT_EQ(trace.Name(sentences[0].holder), "event-loop");
  EXPECT_EQ(sentences[1].text,
            "bob's call domain_list has been waiting 1.82 ms in bob's dx queue (dx: calls waiting): worker-1 waits for "
            "alice's lock. It is taken when a worker's scan comes to it, after another call.");
}

TEST(SentencesTest, AWaitBeginsWithoutALength) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  EXPECT_THAT(SentencesAt(timeline, 88)[0].text,
              ::testing::StartsWith("worker-1 begins to wait for alice's lock. The"));
}

TEST(SentencesTest, AQueuedJobSaysWhyNobodyTakesIt) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const std::vector<Sentence> sentences = SentencesAt(timeline, 143, 23'106'000);
  ASSERT_THAT(sentences, SizeIs(1));
  EXPECT_EQ(
      sentences[0].text,
      "dave's call hostname has been waiting 12.1 ms in dave's dx queue (dx: calls waiting): all 3 workers are in "
      "driver calls (worker-1: hostname, worker-2: domain_list, worker-3: hostname). It is taken when one of them "
      "is done.");
  EXPECT_EQ(sentences[0].about, Sentence::About::kQueuedJob);
  EXPECT_EQ(trace.Name(sentences[0].thread), "dave");
}

TEST(SentencesTest, ASignalledWorkerThatIsNotUpYetIsSaidToWakeUp) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  EXPECT_EQ(SentencesAt(timeline, 118)[0].text,
            "carol's call hostname has been waiting 2.00 us in carol's dx queue (dx: calls waiting): worker-3 has been "
            "signalled and is waking up.");
}

TEST(SentencesTest, IdleThreadsGetNone) {
  SmallDaemon d;
  d.Worker1().Acquire(d.server).BeginWait(d.job);
  d.Loop().Record(EventKind::kPollEntered, d.loop, 3);
  d.Leader().Record(EventKind::kJoinBegan, d.loop_thread);
  EXPECT_THAT(TextsNow(d, 1000), IsEmpty());
}

TEST(SentencesTest, ALostWakeUpIsSaidToBeOne) {
  SmallDaemon d;
  d.Loop().At(100).Record(EventKind::kPacketRead, d.alice, d.hostname).Record(EventKind::kJobQueued, d.alice, 1);
  d.Loop().Record(EventKind::kConditionSignalled, d.job);
  d.Worker1().At(200).Acquire(d.server).BeginWait(d.job);
  d.Worker2().At(300).Acquire(d.server).BeginWait(d.job);
  EXPECT_THAT(
      TextsNow(d, 5'000'101),
      ElementsAre("alice's call hostname has been waiting 5.00 ms in alice's dx queue (dx: calls waiting): all 2 "
                  "workers are asleep, having gone to sleep after the job's signal. Nobody is left to take it: "
                  "the wake-up is lost."));
}

TEST(SentencesTest, AJobWithoutItsSignalIsSaidToHaveNone) {
  SmallDaemon d;
  d.Worker1().At(100).Acquire(d.server).BeginWait(d.job);
  d.Worker2().At(200).Record(EventKind::kCallBegan, d.hostname, 7);
  d.Loop().At(300).Record(EventKind::kJobQueued, d.alice, 8);
  EXPECT_THAT(TextsNow(d, 310),
              ElementsAre("alice's job 8 has been waiting 10 ns in alice's dx queue (dx: calls waiting): worker-1 is "
                          "asleep and the job's signal has not been sent yet."));
}

TEST(SentencesTest, AJobSaysHowManyOthersAreTakenFirst) {
  for (const uint32_t others : {0u, 1u, 3u}) {
    SmallDaemon d;
    d.Worker1().At(100).Record(EventKind::kCallBegan, d.hostname, 7);
    d.Worker2().At(200).Record(EventKind::kCallBegan, d.hostname, 8);
    d.Loop().At(300).Record(EventKind::kJobQueued, d.alice, 9);
    const size_t step = d.b.Build().size() - 1;
    for (uint32_t n = 10; n < 10 + others; ++n) d.Loop().Record(EventKind::kJobQueued, d.bob, n);
    for (uint32_t n = 10; n < 10 + others; ++n) d.Worker1().Record(EventKind::kJobTaken, d.bob, n);
    d.Worker1().Record(EventKind::kJobTaken, d.alice, 9);
    d.Loop().Record(EventKind::kJobQueued, d.bob, 20);
    d.Worker1().Record(EventKind::kJobTaken, d.bob, 20);
    const Trace trace = d.b.Build();
    const Timeline timeline(trace);
    EXPECT_THAT(SentencesAt(timeline, step)[0].text,
                ::testing::EndsWith(others == 0   ? "It is taken when one of them is done."
                                    : others == 1 ? "It is taken when one of them is done, after another call."
                                                  : "It is taken when one of them is done, after 3 other calls."));
  }
}

// What a reader knows at that moment may say otherwise: but the recording goes on, and says what became of the call.
TEST(SentencesTest, AJobThatIsDroppedLaterIsNotSaidToBeTaken) {
  for (const bool ends : {true, false}) {
    SmallDaemon d;
    d.Worker1().At(100).Record(EventKind::kCallBegan, d.hostname, 7);
    d.Worker2().At(200).Record(EventKind::kCallBegan, d.hostname, 8);
    d.Loop().At(300).Record(EventKind::kJobQueued, d.alice, 9);
    d.Loop().At(400).Record(ends ? EventKind::kJobDroppedShutdown : EventKind::kJobDroppedClientDead, d.alice, 9);
    const Trace trace = d.b.Build();
    const Timeline timeline(trace);
    EXPECT_THAT(
        Texts(SentencesAt(timeline, trace.size() - 2, 310)),
        ElementsAre("alice's job 9 has been waiting 10 ns in alice's dx queue (dx: calls waiting): all 2 workers "
                    "are in driver calls (worker-1: hostname, worker-2: hostname). It is never taken: it is "
                    "dropped when " +
                    std::string(ends ? "the daemon ends." : "alice has gone.")));
  }
}

TEST(SentencesTest, AJobThatComesBeforeTheWorkersSaysThatTheyHaveNotBegun) {
  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("event loop", trace::Role::kEventLoop);
  const ObjectId alice = b.Add(trace::ObjectType::kClient, "alice");
  b.On(loop, "loop.cc", 1).At(100).Record(EventKind::kJobQueued, alice, 1);
  const size_t queued = b.Build().size() - 1;
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  b.On(worker, "worker.cc", 1).At(200).Record(EventKind::kJobTaken, alice, 1);
  b.At(300).Record(EventKind::kThreadEnded, worker);
  const Trace trace = b.Build();
  const Timeline timeline(trace);
  EXPECT_THAT(Texts(SentencesAt(timeline, queued, 110)),
              ElementsAre("alice's job 1 has been waiting 10 ns in alice's dx queue (dx: calls waiting): no worker has "
                          "begun yet. It is taken when a worker's scan comes to it."));
}

TEST(SentencesTest, OneAClientCountsTheCallsBehindIt) {
  SmallDaemon d;
  for (const uint32_t job : {1, 2, 3}) d.Loop().Record(EventKind::kJobQueued, d.alice, job);
  d.Loop().At(100).Record(EventKind::kJobQueued, d.bob, 4);
  const std::vector<std::string> texts = TextsNow(d, 100);
  ASSERT_THAT(texts, SizeIs(2));
  EXPECT_THAT(texts[0], HasSubstr("alice's job 1 has been waiting"));
  EXPECT_THAT(texts[0], ::testing::EndsWith(" 2 more calls of alice wait behind it."));
  EXPECT_EQ(texts[1],
            "bob's job 4 begins to wait in bob's dx queue: worker-1 is awake. It is taken when a worker's scan "
            "comes to it.");
}

TEST(SentencesTest, SeveralWaitersAreAllNamedAsTheNext) {
  SmallDaemon d;
  d.Loop(7).At(100).Acquire(d.server);
  d.Worker1().At(200).Request(d.server);
  d.Worker2().At(300).Request(d.server);
  EXPECT_THAT(TextsNow(d, 1200),
              ElementsAre("worker-1 has been waiting 1.00 us for the server lock. The event loop holds it (taken at "
                          "loop.cc:7); worker-1 or worker-2 goes on when the event loop releases it.",
                          "worker-2 has been waiting 900 ns for the server lock. The event loop holds it (taken at "
                          "loop.cc:7); worker-2 or worker-1 goes on when the event loop releases it."));
}

TEST(SentencesTest, AChainOfWaitsSaysWhatTheHolderWaitsFor) {
  SmallDaemon d;
  d.Loop(7).At(100).Acquire(d.alice_lock);
  d.Worker1(9).At(200).Acquire(d.server).At(300).Request(d.alice_lock);
  d.Worker2().At(400).Request(d.server);
  EXPECT_EQ(TextsNow(d, 500)[1],
            "worker-2 has been waiting 100 ns for the server lock. worker-1 holds it (taken at worker.cc:9) and itself "
            "waits for alice's lock, which the event loop holds; worker-2 goes on when worker-1 releases it.");
}

TEST(SentencesTest, ALockThatIsFreeAgainGoesToItsWaiter) {
  SmallDaemon d;
  d.Loop().At(100).Acquire(d.server);
  d.Worker1().At(200).Request(d.server);
  d.Loop().At(300).Release(d.server);
  EXPECT_THAT(TextsNow(d, 310), ElementsAre("worker-1 has been waiting 110 ns for the server lock. The event loop has "
                                            "released it; worker-1 gets it next."));
}

TEST(SentencesTest, AHolderInADriverCallIsSaidToBeInIt) {
  SmallDaemon d;
  d.Worker1(9).At(100).Acquire(d.server).Record(EventKind::kCallBegan, d.hostname, 1);
  d.Loop().At(200).Request(d.server);
  EXPECT_THAT(TextsNow(d, 300),
              ElementsAre("The event loop has been waiting 100 ns for the server lock. worker-1 holds "
                          "it (taken at worker.cc:9) and is in the driver call hostname; the event loop "
                          "goes on when worker-1 releases it."));
}

TEST(SentencesTest, AScanningAndAReplyingHolderAreToldApart) {
  SmallDaemon d;
  d.Worker1(9).At(100).Acquire(d.server).BeginWait(d.job).EndWait(d.job);
  d.Loop().At(200).Request(d.server);
  EXPECT_THAT(TextsNow(d, 300)[0], HasSubstr(" and is scanning for a job; "));
  d.Worker1().At(400).Release(d.server);
  d.Loop().At(410).Acquire(d.server).Release(d.server);
  d.Worker1().At(500).Record(EventKind::kCallEnded, d.hostname, 1).Acquire(d.server);
  d.Loop().At(600).Request(d.server);
  EXPECT_THAT(TextsNow(d, 700)[0], HasSubstr(" and is queuing a reply; "));
}

TEST(SentencesTest, ALoopInACallbackIsSaidToDoWhatItHasComeTo) {
  SmallDaemon d;
  d.Loop(4)
      .Record(EventKind::kCallbackBegan, d.alice_watch, trace::kIoReadable)
      .Acquire(d.server)
      .Acquire(d.alice_lock);
  d.Loop().Release(d.server);
  d.Worker1().At(100).Acquire(d.server).Request(d.alice_lock);
  EXPECT_THAT(TextsNow(d, 200)[0], HasSubstr(" and is reading a packet; "));
  d.Loop().At(300).Record(EventKind::kPacketRead, d.alice, d.hostname);
  EXPECT_THAT(TextsNow(d, 300)[0], HasSubstr(" and is queuing a job; "));
  d.Loop().At(400).Record(EventKind::kJobQueued, d.alice, 1).Record(EventKind::kConditionSignalled, d.job);
  EXPECT_THAT(TextsNow(d, 500)[0], HasSubstr(" and has just queued a job; "));
  d.Loop().At(600).Record(EventKind::kClientClosed, d.alice);
  EXPECT_THAT(TextsNow(d, 700)[0], HasSubstr(" and is in the callback of alice's watch; "));
}

TEST(SentencesTest, ACircleOfWaitsIsNamedAsAWhole) {
  SmallDaemon d;
  d.Loop(3).At(100).Acquire(d.server);
  d.Worker1(4).At(200).Acquire(d.alice_lock);
  d.Loop().At(300).Request(d.alice_lock);
  d.Worker1().At(400).Request(d.server);
  d.Worker2().At(500).Request(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  const std::vector<Sentence> sentences = SentencesAt(timeline, trace.size() - 1, 1300);
  EXPECT_THAT(
      Texts(sentences),
      ElementsAre("The event loop has been waiting 1.00 us for alice's lock. worker-1 holds it (taken at "
                  "worker.cc:4) and itself waits for the server lock, which the event loop holds; the event loop "
                  "cannot go on: the waits close a circle.",
                  "worker-1 has been waiting 900 ns for the server lock. The event loop holds it (taken at "
                  "loop.cc:3) and itself waits for alice's lock, which worker-1 holds; worker-1 cannot go on: "
                  "the waits close a circle.",
                  "worker-2 has been waiting 800 ns for the server lock. The event loop holds it (taken at "
                  "loop.cc:3) and itself waits for alice's lock, which worker-1 holds; worker-2 cannot go on: "
                  "the waits close a circle.",
                  "Deadlock: the event loop waits for alice's lock, which worker-1 holds; worker-1 waits for the "
                  "server lock, which the event loop holds. None of them can go on."));
  EXPECT_EQ(sentences.back().about, Sentence::About::kDeadlock);
}

TEST(SentencesTest, AThreadThatWantsWhatItHoldsWaitsForItself) {
  SmallDaemon d;
  d.Worker1(4).At(100).Acquire(d.server).At(200).Request(d.server);
  EXPECT_THAT(TextsNow(d, 300),
              ElementsAre("worker-1 has been waiting 100 ns for the server lock. worker-1 holds it itself (taken at "
                          "worker.cc:4); worker-1 cannot go on: the waits close a circle.",
                          "Deadlock: worker-1 waits for the server lock, which it holds itself. It can never go on."));
}

TEST(SentencesTest, AJoinUnderALockCanCloseACircle) {
  SmallDaemon d;
  d.Loop().At(100).Acquire(d.server).At(150).Record(EventKind::kJoinBegan, d.worker1);
  d.Worker1().At(200).Request(d.server);
  EXPECT_EQ(
      TextsNow(d, 300).back(),
      "Deadlock: the event loop waits for the end of worker-1; worker-1 waits for the server lock, which the event "
      "loop holds. None of them can go on.");
}

TEST(StoryTest, IsOneCallFromTheLoopsCallbackToTheEndOfItsReply) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const Story story = FindStory(timeline);
  EXPECT_EQ(story.title, "One call, from the socket to a worker and back");
  ASSERT_GE(story.job, 0);
  EXPECT_EQ(timeline.jobs()[static_cast<size_t>(story.job)].number, 4u);
  EXPECT_EQ(trace.event(story.from_step).kind(), EventKind::kCallbackBegan);
  EXPECT_EQ(trace.event(story.to_step).kind(), EventKind::kCallbackEnded);
  EXPECT_EQ(story.cursor, story.wait->step);
  EXPECT_EQ(story.cursor_ns, story.wait->at_ns);
}

TEST(StoryTest, OfALockWaitIsTheCallThatTheWaiterTakesUpNext) {
  SmallDaemon d;
  d.Loop().At(100).Record(EventKind::kPacketRead, d.alice, d.hostname).Record(EventKind::kJobQueued, d.alice, 1);
  d.Loop().At(110).Acquire(d.server);
  d.Worker1().At(200).Request(d.server);
  d.Loop().At(9000).Release(d.server);
  d.Worker1().At(9100).Acquire(d.server).Record(EventKind::kJobTaken, d.alice, 1);
  d.Loop().At(9400).Record(EventKind::kReplyWritten, d.alice, 1);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  // The job's stay in dx is the longer wait, and the same job.
  const Story story = FindStory(timeline);
  EXPECT_EQ(story.job, 0);
  EXPECT_LE(story.from_step, story.cursor);
  EXPECT_LE(story.cursor, story.to_step);
}

TEST(StoryTest, OfADeadlockIsTheCircle) {
  SmallDaemon d;
  d.Loop().At(100).Acquire(d.server);
  d.Worker1().At(200).Acquire(d.alice_lock);
  d.Loop().At(300).Request(d.alice_lock);
  d.Worker1().At(400).Request(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  const Story story = FindStory(timeline);
  EXPECT_EQ(story.title, "Deadlock: the waits close a circle");
  EXPECT_EQ(story.cursor, FirstStep(trace, EventKind::kLockRequested, d.server));
  EXPECT_EQ(story.to_step, trace.size() - 1);
}

TEST(StoryTest, OfARecordingWithoutWaitsOrJobsIsAllOfIt) {
  SmallDaemon d;
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  const Story story = FindStory(timeline);
  EXPECT_EQ(story.title, "The whole recording");
  EXPECT_EQ(story.from_step, 0u);
  EXPECT_EQ(story.to_step, trace.size() - 1);
  EXPECT_EQ(FindStory(Timeline(Trace())).to_step, 0u);
}

TEST(ExplainTest, HasWordsForWhateverHappensInRandomTraces) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    const Trace trace = testing::RandomTrace(seed, 200);
    const Timeline timeline(trace);
    for (size_t step = 0; step < trace.size(); ++step) {
      EXPECT_FALSE(DescribeEventDetails(timeline, step).empty());
      for (const Sentence& sentence : SentencesAt(timeline, step)) {
        ASSERT_EQ(sentence.text.back(), '.') << sentence.text;
        ASSERT_THAT(sentence.text, ::testing::Not(HasSubstr("  ")));
      }
    }
    const Story story = FindStory(timeline);
    EXPECT_LE(story.from_step, story.cursor);
    EXPECT_LE(story.cursor, story.to_step);
    EXPECT_LT(story.to_step, trace.size());
  }
}

}  // namespace
}  // namespace lockscope::analysis
