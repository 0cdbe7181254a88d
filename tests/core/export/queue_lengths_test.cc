#include "core/export/queue_lengths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/analysis/queued_job.h"
#include "core/trace/trace_builder.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::export_ {
namespace {

using analysis::Activity;
using analysis::Timeline;
using trace::EventKind;
using trace::Trace;

using Lengths = std::map<std::pair<Queue, ObjectId>, int64_t>;

void Apply(QueueLengths& lengths, size_t step, Lengths* known) {
  for (const QueueLengths::Length& length : lengths.Apply(step))
    (*known)[{length.queue, length.object}] = length.length;
}

// The same, asked of the timeline at one step.
Lengths Naive(const Timeline& timeline, size_t step) {
  const Trace& trace = timeline.trace();
  Lengths lengths;
  for (const uint32_t job : timeline.QueuedAt(step)) ++lengths[{Queue::kDx, timeline.jobs()[job].client}];
  for (size_t i = 0; i < trace.threads().size(); ++i) {
    const ObjectId thread = trace.threads()[i];
    const int32_t wait = timeline.WaitOf(thread, step);
    if (wait >= 0) ++lengths[{Queue::kWaiters, timeline.waits()[static_cast<size_t>(wait)].lock}];
    const auto workers = timeline.workers();
    if (std::find(workers.begin(), workers.end(), thread) == workers.end()) continue;
    const analysis::ActivitySpan now = timeline.ActivityAt(i, step);
    if (!now.Contains(step)) continue;
    const auto conditions = timeline.job_conditions();
    const bool idle = now.activity == Activity::kIdle &&
                      std::find(conditions.begin(), conditions.end(), now.what) != conditions.end();
    ++lengths[{idle ? Queue::kIdleWorkers : Queue::kBusyWorkers, kNoObject}];
  }
  return lengths;
}

void ExpectAsNaive(const Trace& trace) {
  const Timeline timeline(trace);
  QueueLengths lengths(timeline);
  Lengths known;
  for (size_t step = 0; step < trace.size(); ++step) {
    Apply(lengths, step, &known);
    Lengths without_tx;
    for (const auto& [key, length] : known) {
      if (key.first != Queue::kTx && length != 0) without_tx[key] = length;
    }
    ASSERT_EQ(without_tx, Naive(timeline, step)) << "at step " << step;
  }
}

TEST(QueueLengthsTest, AreThoseOfTheTimelineAtEveryStepOfTheSample) {
  ExpectAsNaive(testing::FourClientsThreeWorkers());
}

TEST(QueueLengthsTest, AreThoseOfTheTimelineAtEveryStepOfRandomRecordings) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    ExpectAsNaive(testing::RandomTrace(seed, 300));
  }
}

// A client with one job, and what becomes of its tx.
class TxTest : public ::testing::Test {
 protected:
  TxTest() : loop_(b_.Thread("loop")), alice_(b_.Add(trace::ObjectType::kClient, "alice")) { b_.On(loop_); }

  int64_t TxAtTheEnd() {
    const Trace trace = b_.Build();
    const Timeline timeline(trace);
    QueueLengths lengths(timeline);
    Lengths known;
    for (size_t step = 0; step < trace.size(); ++step) Apply(lengths, step, &known);
    return known[{Queue::kTx, alice_}];
  }

  trace::TraceBuilder b_;
  const ObjectId loop_;
  const ObjectId alice_;
};

TEST_F(TxTest, RepliesAndEventsAreInIt) {
  b_.Record(EventKind::kReplyQueued, alice_, 1).Record(EventKind::kEventQueued, alice_, 1);
  EXPECT_EQ(TxAtTheEnd(), 2);
}

TEST_F(TxTest, WhatIsWrittenIsNotInItAnyMore) {
  b_.Record(EventKind::kReplyQueued, alice_, 1).Record(EventKind::kEventQueued, alice_, 1);
  b_.Record(EventKind::kReplyWritten, alice_, 1).Record(EventKind::kEventWritten, alice_, 1);
  EXPECT_EQ(TxAtTheEnd(), 0);
}

TEST_F(TxTest, WhatIsDroppedFromItIsNotInItAnyMore) {
  b_.Record(EventKind::kReplyQueued, alice_, 1).Record(EventKind::kEventQueued, alice_, 1);
  b_.Record(EventKind::kReplyDropped, alice_, 1).Record(EventKind::kEventDropped, alice_, 1);
  EXPECT_EQ(TxAtTheEnd(), 0);
}

TEST_F(TxTest, AReplyThatIsDroppedInsteadOfBeingQueuedNeverWasInIt) {
  b_.Record(EventKind::kReplyQueued, alice_, 1).Record(EventKind::kReplyDropped, alice_, 2);
  EXPECT_EQ(TxAtTheEnd(), 1);
}

TEST_F(TxTest, AnEventThatWouldMakeTheBacklogTooLongNeverWasInIt) {
  b_.Record(EventKind::kEventQueued, alice_, 1).Record(EventKind::kEventDropped, alice_, 2);
  b_.Record(EventKind::kBacklogFull, alice_, 4096);
  EXPECT_EQ(TxAtTheEnd(), 1);
}

}  // namespace
}  // namespace lockscope::export_
