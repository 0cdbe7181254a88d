#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/describe_event.h"
#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/export/perfetto.h"
#include "core/export/perfetto_packets.h"
#include "core/export/perfetto_tracks.h"
#include "core/export/queue_lengths.h"

namespace lockscope::export_ {
namespace {

using analysis::Activity;
using analysis::ActivitySpan;
using analysis::Hold;
using analysis::Job;
using analysis::LockWait;
using analysis::Timeline;
using trace::Event;
using trace::EventKind;
using trace::Trace;
using Type = TrackEvent::Type;

// Which flow: in the upper half of its number; below it, which job or hold.
constexpr uint64_t kFlowOfJob = uint64_t{1} << 32;
constexpr uint64_t kFlowOfLock = uint64_t{2} << 32;

// What begins or ends a slice. Everything else is an instant.
bool IsBorder(EventKind kind) {
  switch (kind) {
    case EventKind::kLockRequested:
    case EventKind::kLockAcquired:
    case EventKind::kLockReleased:
    case EventKind::kWaitBegan:
    case EventKind::kWaitEnded:
    case EventKind::kPollEntered:
    case EventKind::kPollReturned:
    case EventKind::kJoinBegan:
    case EventKind::kThreadJoined:
    case EventKind::kCallBegan:
    case EventKind::kCallEnded:
      return true;
    default:
      return false;
  }
}

class Exporter {
 public:
  Exporter(const Timeline& timeline, std::ostream& out)
      : timeline_(timeline),
        trace_(timeline.trace()),
        out_(out),
        packets_(trace_, out),
        tracks_(timeline, packets_),
        lengths_(timeline),
        threads_(trace_.threads().size()),
        locks_(trace_.objects().size() + 1),
        is_handed_over_(timeline.holds().size(), false) {
    for (const Hold& hold : timeline.holds()) {
      if (const int32_t before = HandedOverBy(hold); before >= 0) is_handed_over_[static_cast<size_t>(before)] = true;
    }
  }

  Result<void> Run() {
    SayWhatIsMissing();
    for (size_t step = 0; step < trace_.size() && out_; ++step) OnEvent(step);
    packets_.Flush();
    out_.flush();
    return out_ ? Result<void>() : Fail("the output cannot be written");
  }

 private:
  struct ThreadState {
    int32_t wait = -1;  // The open one, an index into waits() …
    TrackId wait_track = 0;
    uint32_t next = 0;       // Its next activity.
    bool is_active = false;  // The one before that is a slice, and open.
  };
  struct LockState {
    int32_t hold = -1;  // The open one, an index into holds() …
    size_t thread_index = 0;
    TrackId hold_track = 0;  // … of the thread that holds it.
  };

  // The index of the hold whose end let the waiter that has this one go on; -1 where nobody waited for another thread.
  int32_t HandedOverBy(const Hold& hold) const {
    if (hold.wait < 0) return -1;
    const int32_t before = timeline_.waits()[static_cast<size_t>(hold.wait)].last_hold;
    return before >= 0 && timeline_.holds()[static_cast<size_t>(before)].thread != hold.thread ? before : -1;
  }

  void SayWhatIsMissing() {
    if (trace_.info().dropped_events > 0) {
      const std::string text =
          fmt::format("{} missing from the recording", analysis::Counted(trace_.info().dropped_events, "event"));
      packets_.Add({.track = tracks_.process(), .category = "recording", .name = text});
    }
    if (!trace_.info().finished) {
      packets_.Add({.track = tracks_.process(),
                    .category = "recording",
                    .name = "the recording was not finished: its program was killed, or still ran"});
    }
  }

  // Ends come first: what begins at the same event may then have the track. Queues change before a slice shows why.
  void OnEvent(size_t step) {
    const Event& event = trace_.event(step);
    const size_t thread = trace_.ThreadIndex(step);
    now_ns_ = std::max(now_ns_, trace_.TimeNs(step));
    EndSlices(step, thread, event);
    for (const QueueLengths::Length& length : lengths_.Apply(step)) SayLength(length);
    BeginSlices(step, thread, event);
    if (!IsBorder(event.kind())) AddInstant(step, thread, event);
  }

  void EndSlices(size_t step, size_t thread, const Event& event) {
    ThreadState& state = threads_[thread];
    const std::span<const ActivitySpan> spans = timeline_.ActivitiesOf(thread);
    if (state.is_active && spans[state.next - 1].to == step) {
      packets_.Add({.type = Type::kEnd, .time_ns = now_ns_, .track = tracks_.OfThread(thread)});
      state.is_active = false;
    }
    if (state.wait >= 0 && timeline_.waits()[static_cast<size_t>(state.wait)].to == step) {
      packets_.Add({.type = Type::kEnd, .time_ns = now_ns_, .track = state.wait_track});
      tracks_.EndWait(timeline_.waits()[static_cast<size_t>(state.wait)].lock, state.wait_track);
      state.wait = -1;
    }
    if (event.kind() == EventKind::kLockReleased || event.kind() == EventKind::kLockAcquired) {
      EndHold(step, event.object());
    }
  }

  void EndHold(size_t step, ObjectId lock) {
    LockState& state = locks_[lock];
    if (state.hold < 0 || timeline_.holds()[static_cast<size_t>(state.hold)].to != step) return;
    const bool arrow = is_handed_over_[static_cast<size_t>(state.hold)];
    packets_.Add({.type = Type::kEnd, .time_ns = now_ns_, .track = tracks_.OfLock(lock)});
    packets_.Add({.type = Type::kEnd,
                  .time_ns = now_ns_,
                  .track = state.hold_track,
                  .flow = arrow ? kFlowOfLock | static_cast<uint32_t>(state.hold) : 0});
    tracks_.EndHold(state.thread_index, lock, state.hold_track);
    state.hold = -1;
  }

  void BeginSlices(size_t step, size_t thread, const Event& event) {
    ThreadState& state = threads_[thread];
    const std::span<const ActivitySpan> spans = timeline_.ActivitiesOf(thread);
    if (state.next < spans.size() && spans[state.next].from == step) {
      const ActivitySpan& span = spans[state.next++];
      if (span.activity != Activity::kRunning) {
        const std::string name = analysis::ActivityPhrase(trace_, span);
        packets_.Add({.type = Type::kBegin,
                      .time_ns = now_ns_,
                      .track = tracks_.OfThread(thread),
                      .category = "activity",
                      .name = name,
                      .site = event.site()});
        state.is_active = true;
      }
    }
    if (event.kind() == EventKind::kLockRequested) BeginWait(thread, event);
    if (event.kind() == EventKind::kLockAcquired) BeginHold(thread, event);
  }

  void BeginWait(size_t thread, const Event& event) {
    ThreadState& state = threads_[thread];
    state.wait = static_cast<int32_t>(next_wait_++);
    state.wait_track = tracks_.BeginWait(event.object());
    const LockWait& wait = timeline_.waits()[static_cast<size_t>(state.wait)];
    const int32_t blocking = wait.blocking_hold;
    const ObjectId holder = blocking < 0 ? wait.holder : timeline_.holds()[static_cast<size_t>(blocking)].thread;
    const std::string held_by =
        holder == kNoObject ? "nobody that the recording names" : analysis::ThreadName(trace_, holder);
    const std::string name = analysis::ThreadName(trace_, wait.thread);
    packets_.Add({.type = Type::kBegin,
                  .time_ns = now_ns_,
                  .track = state.wait_track,
                  .category = "wait",
                  .name = name,
                  .site = event.site(),
                  .notes = {{.key = "held by", .text = held_by}}});
  }

  // Twice: among what its thread holds, and on the track of the lock.
  void BeginHold(size_t thread, const Event& event) {
    LockState& state = locks_[event.object()];
    state.hold = static_cast<int32_t>(next_hold_++);
    state.thread_index = thread;
    state.hold_track = tracks_.BeginHold(thread, event.object());
    const Hold& hold = timeline_.holds()[static_cast<size_t>(state.hold)];
    const int32_t before = HandedOverBy(hold);
    const std::string lock = analysis::LockPhrase(trace_, hold.lock);
    packets_.Add({.type = Type::kBegin,
                  .time_ns = now_ns_,
                  .track = state.hold_track,
                  .category = "hold",
                  .name = lock,
                  .site = event.site(),
                  .flow = before < 0 ? 0 : kFlowOfLock | static_cast<uint32_t>(before),
                  .ends_flow = true});
    const std::string holder = analysis::ThreadName(trace_, hold.thread);
    packets_.Add({.type = Type::kBegin,
                  .time_ns = now_ns_,
                  .track = tracks_.OfLock(hold.lock),
                  .category = "hold",
                  .name = holder,
                  .site = event.site(),
                  .notes = {{.key = "acquisition", .number = event.arg()}}});
  }

  void AddInstant(size_t step, size_t thread, const Event& event) {
    const std::string words = analysis::EventPredicate(trace_, step);
    TrackEvent instant{.time_ns = now_ns_,
                       .track = tracks_.OfThread(thread),
                       .category = "event",
                       .name = words,
                       .site = event.site()};
    if (const Job* job = JobOf(event)) {
      const auto steps = {job->queued, job->taken, job->reply_queued, job->reply_written, job->dropped};
      const auto reached = [](uint32_t at) { return at != Job::kNever; };
      uint32_t last = 0;
      for (const uint32_t at : steps) last = reached(at) ? std::max(last, at) : last;
      if (std::find(steps.begin(), steps.end(), step) != steps.end() &&
          std::count_if(steps.begin(), steps.end(), reached) > 1) {
        instant.flow = kFlowOfJob | job->number;
        instant.ends_flow = step == last;
      }
    }
    packets_.Add(instant);
  }

  // The job that an event carries on; null for any other event.
  const Job* JobOf(const Event& event) const {
    const trace::KindInfo* kind = trace::FindKind(event.kind());
    if (kind == nullptr || kind->arg != trace::ArgType::kJob) return nullptr;
    const int64_t index = timeline_.FindJob(event.arg());
    return index < 0 ? nullptr : &timeline_.jobs()[static_cast<size_t>(index)];
  }

  void SayLength(const QueueLengths::Length& length) {
    const TrackId track = tracks_.OfQueue(length.queue, length.object);
    packets_.Add({.type = Type::kCounter, .time_ns = now_ns_, .track = track, .value = length.length});
  }

  const Timeline& timeline_;
  const Trace& trace_;
  std::ostream& out_;
  PerfettoPackets packets_;
  PerfettoTracks tracks_;
  QueueLengths lengths_;
  std::vector<ThreadState> threads_;  // By thread index.
  std::vector<LockState> locks_;      // By object id.
  std::vector<bool> is_handed_over_;  // By hold.
  uint32_t next_hold_ = 0;            // The n-th acquisition of a trace is the n-th hold of its timeline,
  uint32_t next_wait_ = 0;            // the n-th request the n-th wait.
  int64_t now_ns_ = 0;
};

}  // namespace

Result<void> ExportPerfetto(const Timeline& timeline, std::ostream& out) { return Exporter(timeline, out).Run(); }

}  // namespace lockscope::export_
