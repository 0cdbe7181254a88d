// Recordings that have only those acquisitions that had to wait: who holds what is known from the waiters' words alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/analysis/explain.h"
#include "core/analysis/outcome.h"
#include "core/analysis/report.h"
#include "core/analysis/rules.h"
#include "core/analysis/wait_graph.h"
#include "core/trace/trace_builder.h"

namespace lockscope::analysis {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using trace::EventKind;
using trace::Role;
using trace::Trace;

// worker-1 takes alice's lock for the 4,000th time, after the loop, which had it without being recorded.
struct OneWait {
  OneWait() {
    b.Meta("locks", "contended");
    b.At(100).On(worker, "worker.cc", 4).Record(EventKind::kLockRequested, alice, loop);
    b.At(1'800'100).Record(EventKind::kLockAcquired, alice, 4'000);
    b.At(1'800'200).Record(EventKind::kLockReleased, alice, 4'000);
  }

  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("loop", Role::kEventLoop);
  const ObjectId worker = b.Thread("worker-1", Role::kWorker);
  const ObjectId server = b.Mutex("server", "server");
  const ObjectId alice = b.Mutex("alice", "client");
};

TEST(ContendedOnlyTest, AWaitNamesTheThreadThatTheWaiterSaw) {
  const OneWait one;
  const Trace trace = one.b.Build();
  const Timeline timeline(trace);
  const size_t requested = trace.StepAt(100);
  ASSERT_THAT(SentencesAt(timeline, requested, 1'000'100), SizeIs(1));
  EXPECT_EQ(
      SentencesAt(timeline, requested, 1'000'100)[0].text,
      "worker-1 has been waiting 1.00 ms for alice's lock. The event loop held it when the wait began; worker-1 goes "
      "on when the event loop releases it.");
  EXPECT_EQ(FindLongestWait(timeline)->text, "worker-1 waited 1.80 ms for alice's lock: the event loop held it.");
}

TEST(ContendedOnlyTest, RulesThatNeedAllHoldsAreNotJudged) {
  const OneWait one;
  const Trace trace = one.b.Build();
  const RuleReport report = CheckRules(Timeline(trace));
  EXPECT_THAT(report.findings, SizeIs(0)) << "a client lock without the server lock: the server's was not recorded";
  for (const int rule : {1, 2, 3, 4, 5}) {
    const RuleVerdict& verdict = report.verdicts[static_cast<size_t>(rule) - 1];
    EXPECT_EQ(verdict.verdict, Verdict::kNotChecked) << rule;
    EXPECT_EQ(verdict.why_not, "the recording has only acquisitions that had to wait") << rule;
  }
}

TEST(ContendedOnlyTest, TheReportCountsThoseThatWereNotRecorded) {
  const OneWait one;
  const Trace trace = one.b.Build();
  const Timeline timeline(trace);
  const RuleReport rules = CheckRules(timeline);
  EXPECT_THAT(WriteReport(timeline, rules, FindOutcome(timeline, rules), {}),
              Contains(HasSubstr("1 hold of 4000, those that had to wait")));
}

TEST(ContendedOnlyTest, ACircleOfWaitsIsFoundAllTheSame) {
  OneWait one;
  one.b.At(2'000'000).On(one.worker).Record(EventKind::kLockRequested, one.server, one.loop);
  one.b.At(2'000'100).On(one.loop).Record(EventKind::kLockRequested, one.alice, one.worker);
  const Trace trace = one.b.Build();
  const Timeline timeline(trace);
  EXPECT_THAT(WaitGraphAt(timeline, trace.size() - 1).circles, SizeIs(1));
  EXPECT_EQ(FindOutcome(timeline, CheckRules(timeline)).kind, OutcomeKind::kDeadlock);
}

}  // namespace
}  // namespace lockscope::analysis
