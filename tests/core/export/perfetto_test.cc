// The export for Perfetto, decoded by protoc and held against the timeline that it was made of.
#include "core/export/perfetto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "core/analysis/describe_event.h"
#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/export/json_text.h"
#include "core/trace/trace_builder.h"
#include "tests/core/export/perfetto_file.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::export_ {
namespace {

using analysis::Activity;
using analysis::Hold;
using analysis::Interval;
using analysis::Job;
using analysis::LockWait;
using analysis::Timeline;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PerfettoFile;
using trace::EventKind;
using trace::Trace;

std::string Export(const Trace& trace) {
  std::ostringstream out;
  EXPECT_TRUE(ExportPerfetto(Timeline(trace), out).has_value());
  return out.str();
}

std::vector<std::string> Names(const std::vector<PerfettoFile::Event>& events) {
  std::vector<std::string> names;
  for (const PerfettoFile::Event& event : events) names.push_back(event.name);
  return names;
}

// One file beside the timeline: what is expected of each track, in the order of events.
class Compared {
 public:
  explicit Compared(const Trace& trace) : trace_(trace), timeline_(trace), file_(Export(trace)) {}

  void ThreadsShowActivitiesAndInstants() const {
    for (size_t i = 0; i < trace_.threads().size(); ++i) {
      SCOPED_TRACE(trace_.Name(trace_.threads()[i]));
      std::vector<std::string> activities, instants;
      size_t ends = 0;
      for (const analysis::ActivitySpan& span : timeline_.ActivitiesOf(i)) {
        if (span.activity == Activity::kRunning) continue;
        activities.push_back(ValidText(analysis::ActivityPhrase(trace_, span)));
        ends += span.open ? 0 : 1;
      }
      for (const uint32_t step : trace_.StepsOf(i)) {
        if (!IsBorder(trace_.event(step).kind())) {
          instants.push_back(ValidText(analysis::EventPredicate(trace_, step)));
        }
      }
      const uint64_t track = ThreadTrack(trace_.threads()[i]);
      EXPECT_EQ(Names(file_.On(track, "TYPE_SLICE_BEGIN")), activities);
      EXPECT_EQ(file_.On(track, "TYPE_SLICE_END").size(), ends);
      EXPECT_EQ(Names(file_.On(track, "TYPE_INSTANT")), instants);
    }
  }

  void LocksShowTheirHoldersAndWaiters() const {
    for (const ObjectId lock : timeline_.locks()) {
      SCOPED_TRACE(trace_.Name(lock));
      std::vector<std::string> holders;
      size_t ends = 0;
      for (const uint32_t hold : timeline_.HoldsOf(lock)) {
        holders.push_back(ValidText(analysis::ThreadName(trace_, timeline_.holds()[hold].thread)));
        ends += timeline_.holds()[hold].open ? 0 : 1;
      }
      const uint64_t track = LockTrack(lock);
      EXPECT_EQ(Names(file_.On(track, "TYPE_SLICE_BEGIN")), holders);
      EXPECT_EQ(file_.On(track, "TYPE_SLICE_END").size(), ends);

      std::multiset<std::string> waiters, shown;
      for (const uint32_t wait : timeline_.WaitsFor(lock)) {
        waiters.insert(ValidText(analysis::ThreadName(trace_, timeline_.waits()[wait].thread)));
      }
      for (const uint64_t row : file_.Below(track)) {
        for (const PerfettoFile::Event& event : file_.On(row, "TYPE_SLICE_BEGIN")) shown.insert(event.name);
      }
      EXPECT_EQ(shown, waiters);
    }
  }

  void ThreadsShowWhatTheyHold() const {
    for (const ObjectId thread : trace_.threads()) {
      SCOPED_TRACE(trace_.Name(thread));
      std::multiset<std::string> held, shown;
      for (const Hold& hold : timeline_.holds()) {
        if (hold.thread == thread) held.insert(ValidText(analysis::LockPhrase(trace_, hold.lock)));
      }
      for (const uint64_t row : file_.Below(ThreadTrack(thread))) {
        for (const PerfettoFile::Event& event : file_.On(row, "TYPE_SLICE_BEGIN")) shown.insert(event.name);
      }
      EXPECT_EQ(shown, held);
    }
  }

  // Two slices of one track that are open at once would be taken for nested ones.
  void NoTrackHasTwoOpenSlices() const {
    std::map<uint64_t, int> open;
    for (const PerfettoFile::Event& event : file_.events()) {
      if (event.type == "TYPE_SLICE_BEGIN") {
        EXPECT_EQ(++open[event.track], 1) << event.name;
      }
      if (event.type == "TYPE_SLICE_END") {
        EXPECT_EQ(--open[event.track], 0);
      }
    }
    size_t still_open = 0;
    for (const auto& [track, count] : open) still_open += static_cast<size_t>(count);
    size_t expected = 0;
    for (const Hold& hold : timeline_.holds()) expected += hold.open ? 2 : 0;
    for (const LockWait& wait : timeline_.waits()) expected += wait.open ? 1 : 0;
    for (size_t i = 0; i < trace_.threads().size(); ++i) {
      for (const analysis::ActivitySpan& span : timeline_.ActivitiesOf(i)) {
        expected += span.open && span.activity != Activity::kRunning ? 1 : 0;
      }
    }
    EXPECT_EQ(still_open, expected);
  }

  void ArrowsAreTheHandOffs() const {
    std::map<uint64_t, size_t> points, ended;
    for (const PerfettoFile::Event& event : file_.events()) {
      for (const uint64_t flow : event.flows) {
        ++points[flow];
        EXPECT_EQ(ended[flow], 0u) << "it goes on after its end";
      }
      for (const uint64_t flow : event.ending_flows) {
        ++points[flow];
        ++ended[flow];
      }
    }
    size_t arrows = 0;
    for (const auto& [flow, count] : points) {
      arrows += count - 1;
      EXPECT_EQ(ended[flow], 1u);
    }
    size_t expected = 0;
    for (const Hold& hold : timeline_.holds()) {
      if (hold.wait < 0) continue;
      const int32_t before = timeline_.waits()[static_cast<size_t>(hold.wait)].last_hold;
      if (before >= 0 && timeline_.holds()[static_cast<size_t>(before)].thread != hold.thread) ++expected;
    }
    for (const Job& job : timeline_.jobs()) {
      size_t steps = 0;
      for (const uint32_t step : {job.queued, job.taken, job.reply_queued, job.reply_written, job.dropped}) {
        steps += step != Job::kNever ? 1 : 0;
      }
      expected += steps > 0 ? steps - 1 : 0;
    }
    EXPECT_EQ(arrows, expected);
  }

  void CountersEndWhereTheRecordingDoes() const {
    std::map<uint64_t, int64_t> last;  // By track: locks of one name have one each.
    for (const PerfettoFile::Event& event : file_.events()) {
      if (event.type != "TYPE_COUNTER") continue;
      EXPECT_EQ(file_.tracks().at(event.track).kind, "counter");
      EXPECT_GE(event.value, 0);
      last[event.track] = event.value;
    }
    std::map<std::string, int64_t> shown, expected;
    for (const auto& [track, value] : last) shown[file_.tracks().at(track).name] += value;
    for (const Job& job : timeline_.jobs()) {
      const Interval queued = timeline_.QueuedInterval(job);
      if (job.queued == Job::kNever || (queued.to == queued.from && !queued.open)) continue;
      expected[ValidText(std::string(trace_.Name(job.client)) + "'s dx (calls waiting)")] += queued.open ? 1 : 0;
    }
    for (const LockWait& wait : timeline_.waits()) {
      expected[ValidText("threads that wait for " + analysis::LockPhrase(trace_, wait.lock))] += wait.open ? 1 : 0;
    }
    for (const auto& [name, value] : expected) EXPECT_EQ(shown[name], value) << name;
  }

  void TimesNeverRunBackwards() const {
    uint64_t before = 0;
    for (const PerfettoFile::Event& event : file_.events()) {
      EXPECT_GE(event.time, before);
      before = event.time;
    }
    EXPECT_EQ(before, static_cast<uint64_t>(trace_.end_ns()));
  }

  void All() const {
    ThreadsShowActivitiesAndInstants();
    LocksShowTheirHoldersAndWaiters();
    ThreadsShowWhatTheyHold();
    NoTrackHasTwoOpenSlices();
    ArrowsAreTheHandOffs();
    CountersEndWhereTheRecordingDoes();
    TimesNeverRunBackwards();
  }

  const PerfettoFile& file() const { return file_; }
  const Timeline& timeline() const { return timeline_; }

  uint64_t ThreadTrack(ObjectId thread) const {
    for (const auto& [id, track] : file_.tracks()) {
      if (track.kind == "thread" && track.thread == thread) return id;
    }
    ADD_FAILURE() << "no track for thread " << thread;
    return 0;
  }
  uint64_t LockTrack(ObjectId lock) const {
    for (const auto& [id, track] : file_.tracks()) {
      if (track.name != "locks" || track.kind != "") continue;
      for (const uint64_t child : file_.Below(id)) {
        if (file_.tracks().at(child).rank == static_cast<int64_t>(lock)) return child;
      }
    }
    ADD_FAILURE() << "no track for lock " << lock;
    return 0;
  }

 private:
  static bool IsBorder(EventKind kind) {
    static const std::set<EventKind> borders{
        EventKind::kLockRequested, EventKind::kLockAcquired, EventKind::kLockReleased, EventKind::kWaitBegan,
        EventKind::kWaitEnded,     EventKind::kPollEntered,  EventKind::kPollReturned, EventKind::kJoinBegan,
        EventKind::kThreadJoined,  EventKind::kCallBegan,    EventKind::kCallEnded};
    return borders.contains(kind);
  }

  const Trace& trace_;
  const Timeline timeline_;
  const PerfettoFile file_;
};

TEST(PerfettoTest, ShowsWhatTheTimelineOfTheSampleHas) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Compared compared(trace);
  compared.All();
  EXPECT_EQ(compared.file().tracks().at(1).kind, "process");
  EXPECT_EQ(compared.file().tracks().at(1).name, trace.Meta("title"));
}

TEST(PerfettoTest, ShowsWhatTheTimelinesOfRandomRecordingsHave) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    const Trace trace = testing::RandomTrace(seed, 400);
    Compared(trace).All();
  }
}

// Server, client, drop server, drop client: the stair that one track cannot show.
TEST(PerfettoTest, HoldsThatOverlapWithoutNestingAreOnTracksOfTheirOwn) {
  trace::TraceBuilder b;
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  const ObjectId server = b.Mutex("server", "server");
  const ObjectId alice = b.Mutex("alice", "client");
  b.On(worker).At(10).Acquire(server).At(20).Acquire(alice).At(30).Release(server).At(40).Release(alice);
  const Trace trace = b.Build();
  const Compared compared(trace);
  compared.All();
  const std::vector<uint64_t> rows = compared.file().Below(compared.ThreadTrack(worker));
  ASSERT_EQ(rows.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const auto begins = compared.file().On(rows[i], "TYPE_SLICE_BEGIN");
    const auto ends = compared.file().On(rows[i], "TYPE_SLICE_END");
    ASSERT_EQ(begins.size(), 1u);
    ASSERT_EQ(ends.size(), 1u);
    EXPECT_EQ(begins[0].name, i == 0 ? "the server lock" : "alice's lock");
    EXPECT_EQ(begins[0].time, i == 0 ? 10u : 20u);
    EXPECT_EQ(ends[0].time, i == 0 ? 30u : 40u);
  }
}

TEST(PerfettoTest, AnArrowLeadsFromTheReleaseToTheWaitersHold) {
  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("loop", trace::Role::kEventLoop);
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  const ObjectId server = b.Mutex("server", "server");
  b.On(loop).At(10).Acquire(server);
  b.On(worker, "core/daemon/worker.cc", 31).At(20).Request(server);
  b.On(loop).At(30).Release(server);
  b.On(worker, "core/daemon/worker.cc", 31).At(40).Acquire(server).At(50).Release(server);
  const Trace trace = b.Build();
  const Compared compared(trace);
  compared.All();
  std::vector<PerfettoFile::Event> with_flow;
  for (const PerfettoFile::Event& event : compared.file().events()) {
    if (!event.flows.empty() || !event.ending_flows.empty()) with_flow.push_back(event);
  }
  ASSERT_EQ(with_flow.size(), 2u);
  EXPECT_EQ(with_flow[0].type, "TYPE_SLICE_END");
  EXPECT_EQ(with_flow[0].time, 30u);
  EXPECT_EQ(with_flow[1].type, "TYPE_SLICE_BEGIN");
  EXPECT_EQ(with_flow[1].time, 40u);
  EXPECT_EQ(with_flow[1].place, "core/daemon/worker.cc:31");
  EXPECT_EQ(with_flow[0].flows, with_flow[1].ending_flows);
  const uint64_t row = compared.file().Below(compared.LockTrack(server)).at(0);
  EXPECT_EQ(compared.file().On(row, "TYPE_SLICE_BEGIN").at(0).notes.at("held by"), "event loop");
}

TEST(PerfettoTest, QueuesAreCounted) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Compared compared(trace);
  std::map<std::string, std::vector<int64_t>> values;
  for (const PerfettoFile::Event& event : compared.file().events()) {
    if (event.type == "TYPE_COUNTER") values[compared.file().tracks().at(event.track).name].push_back(event.value);
  }
  for (const char* client : {"alice", "bob", "carol", "dave"}) {
    EXPECT_THAT(values[std::string(client) + "'s dx (calls waiting)"], ElementsAre(1, 0));
    EXPECT_THAT(values[std::string(client) + "'s tx (replies and events waiting)"], ElementsAre(1, 0));
  }
  EXPECT_THAT(values["workers busy"], ::testing::Contains(3)) << "all three are in calls while dave waits";
}

TEST(PerfettoTest, SaysWhatTheRecordingLacks) {
  trace::TraceParts parts;
  parts.info.dropped_events = 7;
  parts.info.finished = false;
  const Trace trace = *Trace::Build(std::move(parts));
  const PerfettoFile file(Export(trace));
  EXPECT_THAT(Names(file.On(1, "TYPE_INSTANT")),
              ElementsAre("7 events missing from the recording",
                          "the recording was not finished: its program was killed, or still ran"));
}

TEST(PerfettoTest, AnEmptyRecordingIsAProcessWithoutThreads) {
  const Trace trace = *Trace::Build({});
  const PerfettoFile file(Export(trace));
  EXPECT_EQ(file.tracks().size(), 1u);
  EXPECT_THAT(file.events(), IsEmpty());
}

TEST(PerfettoTest, EqualRecordingsGiveEqualBytes) {
  EXPECT_EQ(Export(testing::FourClientsThreeWorkers()), Export(testing::FourClientsThreeWorkers()));
}

TEST(PerfettoTest, AFailingStreamIsAnError) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const Trace trace = testing::FourClientsThreeWorkers();
  EXPECT_FALSE(ExportPerfetto(Timeline(trace), out).has_value());
}

}  // namespace
}  // namespace lockscope::export_
