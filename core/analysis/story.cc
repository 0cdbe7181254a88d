// FindStory: what a viewer opens on.
#include <algorithm>

#include "core/analysis/deadlock.h"
#include "core/analysis/explain.h"
#include "core/analysis/wait_graph.h"

namespace lockscope::analysis {
namespace {

using trace::EventKind;
using trace::Trace;

// Steps around a wait that belongs to no job, so that it is not the whole picture.
constexpr size_t kMargin = 12;
// Events of the loop's log within which a packet's callback begins and a reply's ends.
constexpr size_t kWithin = 32;

// A job's own life: from its first known step to its last.
Interval LifeOf(const Timeline& timeline, const Job& job) {
  Interval life{Job::kNever, 0, false};
  for (const uint32_t step : {job.packet_read, job.queued, job.signalled, job.woken, job.taken, job.call_began,
                              job.call_ended, job.reply_queued, job.reply_written, job.dropped}) {
    if (step == Job::kNever) continue;
    life.from = std::min(life.from, step);
    life.to = std::max(life.to, step);
  }
  const bool over = job.reply_written != Job::kNever || job.dropped != Job::kNever;
  if (!over) life.to = static_cast<uint32_t>(timeline.trace().size() - 1);
  return life;
}

// The job to which a lock wait belongs: the one that the waiter does something for next. Where it does nothing for any,
// the one with the shortest life around the wait; -1 without one.
int64_t JobAround(const Timeline& timeline, const LockWait& wait) {
  const Trace& trace = timeline.trace();
  int64_t next = -1, around = -1;
  uint32_t next_step = Job::kNever, around_length = Job::kNever;
  for (size_t i = 0; i < timeline.jobs().size(); ++i) {
    const Job& job = timeline.jobs()[i];
    for (const uint32_t step : {job.packet_read, job.taken, job.call_began, job.call_ended, job.reply_queued,
                                job.reply_written, job.dropped}) {
      if (step == Job::kNever || step < wait.to || step >= next_step || trace.thread(step) != wait.thread) continue;
      next = static_cast<int64_t>(i);
      next_step = step;
    }
    const Interval life = LifeOf(timeline, job);
    if (wait.from >= life.to || wait.to < life.from || life.to - life.from >= around_length) continue;
    around = static_cast<int64_t>(i);
    around_length = life.to - life.from;
  }
  return next >= 0 ? next : around;
}

// A whole job, the longest from packet to reply.
int64_t LongestWholeJob(const Timeline& timeline) {
  int64_t best = -1;
  int64_t best_ns = -1;
  for (size_t i = 0; i < timeline.jobs().size(); ++i) {
    const Job& job = timeline.jobs()[i];
    if (job.packet_read == Job::kNever || job.reply_written == Job::kNever) continue;
    const int64_t ns = timeline.trace().TimeNs(job.reply_written) - timeline.trace().TimeNs(job.packet_read);
    if (ns <= best_ns) continue;
    best_ns = ns;
    best = static_cast<int64_t>(i);
  }
  return best;
}

// Widens a job's life to the callbacks in which the loop read and wrote: the locks that they take belong to it.
Interval WithCallbacks(const Timeline& timeline, const Job& job) {
  const Trace& trace = timeline.trace();
  Interval life = LifeOf(timeline, job);
  if (job.packet_read != Job::kNever) {
    const std::span<const uint32_t> steps = trace.StepsOf(trace.ThreadIndex(job.packet_read));
    auto at = std::lower_bound(steps.begin(), steps.end(), job.packet_read);
    for (size_t i = 0; i < kWithin && at != steps.begin(); ++i) {
      const EventKind kind = trace.event(*--at).kind();
      if (kind == EventKind::kCallbackBegan) life.from = std::min(life.from, *at);
      if (kind == EventKind::kCallbackBegan || kind == EventKind::kCallbackEnded) break;
    }
  }
  if (job.reply_written != Job::kNever) {
    const std::span<const uint32_t> steps = trace.StepsOf(trace.ThreadIndex(job.reply_written));
    auto at = std::lower_bound(steps.begin(), steps.end(), job.reply_written);
    for (size_t i = 0; i < kWithin && ++at != steps.end(); ++i) {
      const EventKind kind = trace.event(*at).kind();
      if (kind == EventKind::kCallbackEnded) life.to = std::max(life.to, *at);
      if (kind == EventKind::kCallbackBegan || kind == EventKind::kCallbackEnded) break;
    }
  }
  return life;
}

Story StoryOf(const Timeline& timeline) {
  const Trace& trace = timeline.trace();
  Story story;
  story.to_step = trace.size() - 1;
  story.title = "The whole recording";

  // A run that ends in a circle of waits has no other story.
  const WaitGraph end = WaitGraphAt(timeline, trace.size() - 1);
  if (!end.circles.empty()) {
    story.title = "Deadlock: the waits close a circle";
    story.wait = FindLongestLockWait(timeline);
    size_t first = trace.size() - 1;
    for (const size_t edge : end.circles.front()) {
      const WaitEdge& found = end.edges[edge];
      if (found.wait >= 0) first = std::min<size_t>(first, timeline.waits()[static_cast<size_t>(found.wait)].from);
      if (found.hold >= 0) first = std::min<size_t>(first, timeline.holds()[static_cast<size_t>(found.hold)].from);
    }
    story.cursor = ClosingStep(timeline, end, end.circles.front());
    story.from_step = first - std::min(first, kMargin);
    return story;
  }

  story.wait = FindLongestWait(timeline);
  if (story.wait) {
    story.cursor = story.wait->step;
    story.cursor_ns = story.wait->at_ns;
    story.job = story.wait->is_job ? static_cast<int64_t>(story.wait->index)
                                   : JobAround(timeline, timeline.waits()[story.wait->index]);
  } else {
    story.job = LongestWholeJob(timeline);
  }
  if (story.job >= 0) {
    const Job& job = timeline.jobs()[static_cast<size_t>(story.job)];
    const Interval life = WithCallbacks(timeline, job);
    story.from_step = life.from;
    story.to_step = life.to;
    if (story.wait && !story.wait->is_job) {
      const LockWait& wait = timeline.waits()[story.wait->index];
      story.from_step = std::min<size_t>(story.from_step, wait.from);
      story.to_step = std::max<size_t>(story.to_step, std::min<size_t>(wait.to, trace.size() - 1));
    }
    if (!story.wait) story.cursor = job.taken != Job::kNever ? job.taken : life.from;
    story.title = job.reply_written != Job::kNever ? "One call, from the socket to a worker and back"
                                                   : "One call, as far as the recording goes";
  } else if (story.wait) {
    const LockWait& wait = timeline.waits()[story.wait->index];
    story.from_step = wait.from - std::min<size_t>(wait.from, kMargin);
    story.to_step = std::min<size_t>(wait.to + kMargin, trace.size() - 1);
    story.title = "The longest wait";
  }
  return story;
}

}  // namespace

Story FindStory(const Timeline& timeline) {
  if (timeline.trace().empty()) return {};
  Story story = StoryOf(timeline);
  story.cursor_ns = std::max(story.cursor_ns, timeline.trace().TimeNs(story.cursor));
  return story;
}

}  // namespace lockscope::analysis
