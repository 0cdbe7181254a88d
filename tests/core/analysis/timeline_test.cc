#include "core/analysis/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/core/analysis/small_daemon.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SmallDaemon;
using trace::Event;
using trace::EventKind;
using trace::Trace;

size_t IndexOf(const Trace& trace, ObjectId thread) {
  return static_cast<size_t>(std::find(trace.threads().begin(), trace.threads().end(), thread) -
                             trace.threads().begin());
}

// What a timeline says, found by walking from the beginning of the trace each time.
struct Naive {
  const Trace& trace;

  // The thread that holds a lock after a step, or 0.
  ObjectId HolderAt(ObjectId lock, size_t step) const {
    ObjectId holder = kNoObject;
    for (size_t i = 0; i <= step; ++i) {
      if (trace.event(i).object() != lock) continue;
      if (trace.event(i).kind() == EventKind::kLockAcquired) holder = trace.thread(i);
      if (trace.event(i).kind() == EventKind::kLockReleased) holder = kNoObject;
    }
    return holder;
  }

  std::vector<ObjectId> HeldBy(ObjectId thread, size_t step) const {
    std::vector<ObjectId> held;
    for (size_t i = 0; i <= step; ++i) {
      if (trace.thread(i) != thread) continue;
      if (trace.event(i).kind() == EventKind::kLockAcquired) held.push_back(trace.event(i).object());
      if (trace.event(i).kind() == EventKind::kLockReleased) std::erase(held, trace.event(i).object());
    }
    return held;
  }

  // The lock that a thread waits for after a step, or 0.
  ObjectId WantedBy(ObjectId thread, size_t step) const {
    ObjectId wanted = kNoObject;
    for (size_t i = 0; i <= step; ++i) {
      if (trace.thread(i) != thread) continue;
      if (trace.event(i).kind() == EventKind::kLockRequested) wanted = trace.event(i).object();
      if (trace.event(i).kind() == EventKind::kLockAcquired) wanted = kNoObject;
    }
    return wanted;
  }

  Activity ActivityAt(ObjectId thread, size_t step) const {
    bool idle = false, polling = false, joining = false, calling = false;
    for (size_t i = 0; i <= step; ++i) {
      if (trace.thread(i) != thread) continue;
      switch (trace.event(i).kind()) {
        case EventKind::kWaitBegan:
          idle = true;
          break;
        case EventKind::kWaitEnded:
          idle = false;
          break;
        case EventKind::kPollEntered:
          polling = true;
          break;
        case EventKind::kPollReturned:
          polling = false;
          break;
        case EventKind::kJoinBegan:
          joining = true;
          break;
        case EventKind::kThreadJoined:
          joining = false;
          break;
        case EventKind::kCallBegan:
          calling = true;
          break;
        case EventKind::kCallEnded:
          calling = false;
          break;
        default:
          break;
      }
    }
    if (WantedBy(thread, step) != kNoObject) return Activity::kBlocked;
    return idle      ? Activity::kIdle
           : polling ? Activity::kPolling
           : joining ? Activity::kJoining
           : calling ? Activity::kDriverCall
                     : Activity::kRunning;
  }
};

TEST(TimelineTest, OfAnEmptyTraceHasNothing) {
  const Trace trace;
  const Timeline timeline(trace);
  EXPECT_THAT(timeline.holds(), IsEmpty());
  EXPECT_THAT(timeline.waits(), IsEmpty());
  EXPECT_THAT(timeline.jobs(), IsEmpty());
  EXPECT_THAT(timeline.locks(), IsEmpty());
}

TEST(TimelineTest, AHoldGoesFromAcquiredToReleased) {
  SmallDaemon d;
  d.Worker1(12).At(1000).Acquire(d.server).At(1500).Release(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  ASSERT_EQ(timeline.holds().size(), 1u);
  const Hold& hold = timeline.holds()[0];
  EXPECT_EQ(hold.lock, d.server);
  EXPECT_EQ(hold.thread, d.worker1);
  EXPECT_EQ(hold.wait, -1);
  EXPECT_FALSE(hold.open);
  EXPECT_EQ(timeline.LengthNs(hold), 500);
}

TEST(TimelineTest, AHoldThatIsNeverReleasedIsOpenToTheEnd) {
  SmallDaemon d;
  d.Worker1().At(1000).Acquire(d.server);
  d.Worker2().At(4000).Record(EventKind::kConditionSignalled, d.job);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_TRUE(timeline.holds()[0].open);
  EXPECT_EQ(timeline.holds()[0].to, trace.size());
  EXPECT_EQ(timeline.LengthNs(timeline.holds()[0]), 3000);
  EXPECT_EQ(timeline.HolderAt(d.server, trace.size() - 1), 0);
}

TEST(TimelineTest, AWaitKnowsWhoWasInTheWayAndWhoLetItGoOn) {
  SmallDaemon d;
  d.Loop().At(100).Acquire(d.server);
  d.Worker1().At(200).Request(d.server);
  d.Loop().At(300).Release(d.server);
  d.Worker2().At(400).Acquire(d.server).At(500).Release(d.server);
  d.Worker1().At(600).Acquire(d.server).At(700).Release(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  ASSERT_EQ(timeline.waits().size(), 1u);
  const LockWait& wait = timeline.waits()[0];
  EXPECT_EQ(timeline.holds()[static_cast<size_t>(wait.blocking_hold)].thread, d.loop_thread);
  EXPECT_EQ(timeline.holds()[static_cast<size_t>(wait.last_hold)].thread, d.worker2);
  EXPECT_EQ(timeline.LengthNs(wait), 400);
  EXPECT_EQ(timeline.holds()[2].wait, 0);
}

TEST(TimelineTest, AHolderThatLetGoBeforeTheWaitersTimeStampWasInTheWayAllTheSame) {
  SmallDaemon d;
  d.Loop().At(100).Acquire(d.server);
  d.Loop().At(199).Release(d.server);
  d.Worker1().At(200).Record(EventKind::kLockRequested, d.server, d.loop_thread).At(210).Acquire(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_EQ(timeline.waits()[0].blocking_hold, 0);
}

TEST(TimelineTest, AWorkerIsIdleFromTheBeginningOfItsWaitToTheEnd) {
  SmallDaemon d;
  d.Worker1().At(100).Acquire(d.server).BeginWait(d.job).At(200).EndWait(d.job).Release(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  const auto spans = timeline.ActivitiesOf(IndexOf(trace, d.worker1));
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[1].activity, Activity::kIdle);
  EXPECT_EQ(spans[1].what, d.job);
  EXPECT_EQ(trace.event(spans[1].from).kind(), EventKind::kWaitBegan);
  EXPECT_EQ(trace.event(spans[1].to).kind(), EventKind::kWaitEnded);
}

TEST(TimelineTest, AWaitForALockHidesTheDriverCallAroundIt) {
  SmallDaemon d;
  d.Worker2().At(10).Acquire(d.driver_lock);
  d.Worker1().At(20).Record(EventKind::kCallBegan, d.hostname, 1).At(30).Request(d.driver_lock);
  d.Worker2().At(40).Release(d.driver_lock);
  d.Worker1().At(50).Acquire(d.driver_lock).At(60).Release(d.driver_lock).Record(EventKind::kCallEnded, d.hostname, 1);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  std::vector<Activity> activities;
  for (const ActivitySpan& span : timeline.ActivitiesOf(IndexOf(trace, d.worker1))) activities.push_back(span.activity);
  EXPECT_THAT(activities, ElementsAre(Activity::kRunning, Activity::kDriverCall, Activity::kBlocked,
                                      Activity::kDriverCall, Activity::kRunning));
}

TEST(TimelineTest, ActivitiesFollowOneAnotherWithoutGaps) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  for (size_t i = 0; i < trace.threads().size(); ++i) {
    const auto spans = timeline.ActivitiesOf(i);
    ASSERT_FALSE(spans.empty());
    EXPECT_EQ(spans.front().from, trace.StepsOf(i).front());
    EXPECT_EQ(spans.back().to, trace.StepsOf(i).back()) << "the step of its end";
    for (size_t s = 1; s < spans.size(); ++s) EXPECT_EQ(spans[s].from, spans[s - 1].to);
  }
}

TEST(TimelineTest, AThreadHasNoActivityBeforeItsFirstEventAndAfterItsEnd) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const size_t worker = 2;
  ASSERT_EQ(trace.Name(trace.threads()[worker]), "worker-1");
  const size_t first = trace.StepsOf(worker).front();
  const size_t end = trace.StepsOf(worker).back();
  for (const size_t step : {first - 1, end, trace.size() - 1}) {
    const ActivitySpan span = timeline.ActivityAt(worker, step);
    EXPECT_EQ(span.activity, Activity::kRunning);
    EXPECT_EQ(span.from, span.to);
  }
  EXPECT_LT(timeline.ActivityAt(worker, first).from, timeline.ActivityAt(worker, first).to);
}

TEST(TimelineTest, AJobHasItsWholeLife) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  ASSERT_EQ(timeline.jobs().size(), 4u);
  const Job& job = timeline.jobs()[static_cast<size_t>(timeline.FindJob(1))];
  EXPECT_EQ(trace.Name(job.client), "bob");
  EXPECT_EQ(trace.Name(job.procedure), "domain_list");
  EXPECT_EQ(trace.Name(job.worker), "worker-2");
  const uint32_t life[] = {job.packet_read, job.queued,     job.signalled,    job.woken,        job.taken,
                           job.call_began,  job.call_ended, job.reply_queued, job.reply_written};
  EXPECT_TRUE(std::is_sorted(std::begin(life), std::end(life)));
  EXPECT_NE(job.reply_written, Job::kNever);
  EXPECT_EQ(job.dropped, Job::kNever);
  EXPECT_EQ(trace.event(job.woken).kind(), EventKind::kWaitEnded);
}

TEST(TimelineTest, AJobThatItsWorkerFindsInAScanHasWokenNobody) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Timeline timeline(trace);
  const Job& daves = timeline.jobs()[3];
  EXPECT_EQ(daves.number, 4u);
  EXPECT_EQ(daves.woken, Job::kNever);
  EXPECT_EQ(timeline.QueuedNs(daves), 34'895'000);
}

TEST(TimelineTest, ASignalOfAnotherConditionIsNotTheJobs) {
  SmallDaemon d;
  const ObjectId other = d.b.Condition("other", d.driver_lock);
  d.Worker1().Acquire(d.server).BeginWait(d.job);
  d.Loop().Record(EventKind::kJobQueued, d.alice, 1);
  d.Loop().Record(EventKind::kConditionSignalled, other);
  const size_t without = d.b.Build().size();
  d.Loop().Record(EventKind::kConditionSignalled, d.job);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_EQ(timeline.jobs()[0].signalled, without);
  EXPECT_THAT(timeline.job_conditions(), ElementsAre(d.job));
}

TEST(TimelineTest, ADroppedJobLeavesItsQueue) {
  SmallDaemon d;
  d.Loop().At(100).Record(EventKind::kJobQueued, d.alice, 1);
  d.Loop().At(900).Record(EventKind::kJobDroppedClientDead, d.alice, 1);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_EQ(timeline.QueuedNs(timeline.jobs()[0]), 800);
  EXPECT_THAT(timeline.QueuedAt(trace.size() - 2), ElementsAre(0));
  EXPECT_THAT(timeline.QueuedAt(trace.size() - 1), IsEmpty());
}

// What a thread was in the middle of when its events were lost is not spread over the gap.
TEST(TimelineTest, NothingIsSaidOfATimeWhoseEventsAreMissing) {
  trace::TraceBuilder b;
  const ObjectId ann = b.Thread("ann");
  const ObjectId bob = b.Thread("bob");
  const ObjectId one = b.Mutex("one", "server");
  const ObjectId two = b.Mutex("two", "client");
  b.At(10).On(bob).Acquire(one).At(20).On(ann).Acquire(two).At(30).Request(one);
  b.At(40).On(bob).Release(one);
  b.At(1'000).On(ann).Record(EventKind::kEventsLost, ann, 500);
  b.At(1'010).Acquire(one).At(1'020).Release(one);
  const Trace trace = b.Build();
  const Timeline timeline(trace);
  ASSERT_EQ(timeline.waits().size(), 1u);
  EXPECT_EQ(trace.TimeNs(timeline.waits()[0].from), 30);
  EXPECT_EQ(timeline.LengthNs(timeline.waits()[0]), 0);
  EXPECT_FALSE(timeline.waits()[0].open);
  ASSERT_EQ(timeline.holds().size(), 3u);
  EXPECT_EQ(timeline.holds()[1].lock, two);
  EXPECT_LE(timeline.LengthNs(timeline.holds()[1]), 10) << "whether it was released, and when, is lost";
  EXPECT_EQ(timeline.holds()[2].wait, -1) << "it is not known whether this one waited";
  const auto spans = timeline.ActivitiesOf(IndexOf(trace, ann));
  std::vector<Activity> activities;
  for (const ActivitySpan& span : spans) activities.push_back(span.activity);
  EXPECT_THAT(activities, ElementsAre(Activity::kRunning, Activity::kUnknown, Activity::kRunning));
  EXPECT_EQ(trace.TimeNs(spans[1].from), 30);
  EXPECT_EQ(trace.TimeNs(spans[1].to), 1'000);
}

TEST(TimelineTest, AJobThatMayHaveBeenTakenWhereEventsAreMissingHasNotWaitedForEver) {
  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("loop", trace::Role::kEventLoop);
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  const ObjectId alice = b.Add(trace::ObjectType::kClient, "alice");
  b.At(10).On(loop).Record(EventKind::kJobQueued, alice, 1);
  b.At(20).On(loop).Record(EventKind::kJobQueued, alice, 2);
  b.At(500).On(worker).Record(EventKind::kEventsLost, worker, 9);
  b.At(510).Record(EventKind::kJobTaken, alice, 2);
  b.At(520).On(loop).Record(EventKind::kJobQueued, alice, 3);
  b.At(900).On(loop).Record(EventKind::kDaemonStarted);
  const Trace trace = b.Build();
  const Timeline timeline(trace);
  ASSERT_EQ(timeline.jobs().size(), 3u);
  EXPECT_EQ(timeline.QueuedNs(timeline.jobs()[0]), 0);
  EXPECT_EQ(timeline.QueuedNs(timeline.jobs()[1]), 490) << "that is known";
  EXPECT_EQ(timeline.QueuedNs(timeline.jobs()[2]), 380) << "nothing is missing after it";
}

TEST(TimelineTest, WorkersAreThoseOfTheRoleOrElseThoseThatTakeJobs) {
  SmallDaemon d;
  const Trace with_roles = d.b.Build();
  EXPECT_THAT(Timeline(with_roles).workers(), ElementsAre(d.worker1, d.worker2));

  trace::TraceBuilder b;
  const ObjectId one = b.Thread("one");
  const ObjectId two = b.Thread("two");
  const ObjectId client = b.Add(trace::ObjectType::kClient, "alice");
  b.On(two).Record(EventKind::kJobTaken, client, 1);
  const Trace without = b.Build();
  EXPECT_THAT(Timeline(without).workers(), ElementsAre(two));
  EXPECT_EQ(Timeline(without).RoleOf(one), trace::Role::kNone);
}

TEST(TimelineTest, LocksAreThoseWithAHoldOrAWait) {
  SmallDaemon d;
  d.Worker1().Acquire(d.bob_lock).Release(d.bob_lock).Acquire(d.server);
  d.Worker2().Request(d.server);
  const Trace trace = d.b.Build();
  const Timeline timeline(trace);
  EXPECT_THAT(timeline.locks(), ElementsAre(d.server, d.bob_lock));
  EXPECT_THAT(timeline.HoldsOf(d.server), ElementsAre(1));
  EXPECT_THAT(timeline.WaitsFor(d.server), ElementsAre(0));
  EXPECT_THAT(timeline.WaitsFor(d.bob_lock), IsEmpty());
  EXPECT_EQ(timeline.HolderAt(d.alice_lock, 0), -1);
}

TEST(TimelineTest, AgreesWithAWalkFromTheBeginningOnRandomTraces) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const Trace trace = testing::RandomTrace(seed, 250);
    const Timeline timeline(trace);
    const Naive naive{trace};
    for (size_t step = 0; step < trace.size(); step += 1 + seed % 3) {
      SCOPED_TRACE(step);
      for (const ObjectId lock : timeline.locks()) {
        const int32_t hold = timeline.HolderAt(lock, step);
        ASSERT_EQ(hold < 0 ? kNoObject : timeline.holds()[static_cast<size_t>(hold)].thread,
                  naive.HolderAt(lock, step));
      }
      for (size_t i = 0; i < trace.threads().size(); ++i) {
        const ObjectId thread = trace.threads()[i];
        std::vector<ObjectId> held;
        for (const uint32_t hold : timeline.HeldBy(thread, step)) held.push_back(timeline.holds()[hold].lock);
        ASSERT_EQ(held, naive.HeldBy(thread, step));
        const int32_t wait = timeline.WaitOf(thread, step);
        ASSERT_EQ(wait < 0 ? kNoObject : timeline.waits()[static_cast<size_t>(wait)].lock,
                  naive.WantedBy(thread, step));
        if (step >= trace.StepsOf(i).front()) {
          ASSERT_EQ(timeline.ActivityAt(i, step).activity, naive.ActivityAt(thread, step));
        }
      }
    }
  }
}

}  // namespace
}  // namespace lockscope::analysis
