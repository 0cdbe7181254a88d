// FindLongestWait: the longest wait of a recording, told in the past.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/analysis/explain.h"
#include "core/analysis/holder_activity.h"
#include "core/analysis/phrases.h"
#include "core/analysis/queued_job.h"

namespace lockscope::analysis {
namespace {

using trace::Trace;

// The last step of an interval.
size_t LastStepIn(const Interval& interval) { return interval.to > interval.from ? interval.to - 1 : interval.from; }

// The state after a step lasts until the next one.
int64_t EndOfStep(const Trace& trace, size_t step) {
  const int64_t end = step + 1 < trace.size() ? trace.TimeNs(step + 1) : trace.end_ns();
  return std::max(end, trace.TimeNs(step));
}

// The last step before the holder ended its longest quiet time within the wait: what it did then is what the waiter
// waited for.
size_t StepOfLockWait(const Timeline& timeline, const LockWait& wait) {
  const int32_t first = wait.blocking_hold >= 0 ? wait.blocking_hold : wait.last_hold;
  if (first < 0) return LastStepIn(wait);
  const Hold& hold = timeline.holds()[static_cast<size_t>(first)];
  const size_t to = std::min<size_t>(wait.to, std::max<size_t>(hold.to, wait.from + 1));
  return EndOfLongestQuiet(timeline, hold.thread, wait.from, to);
}

// How many holds of the lock there were from the one to the other, both counted.
size_t HoldsBetween(const Timeline& timeline, ObjectId lock, int32_t first, int32_t last) {
  const std::span<const uint32_t> holds = timeline.HoldsOf(lock);
  const auto from = std::lower_bound(holds.begin(), holds.end(), static_cast<uint32_t>(first));
  const auto to = std::upper_bound(holds.begin(), holds.end(), static_cast<uint32_t>(last));
  return from < to ? static_cast<size_t>(to - from) : 0;
}

std::string TextOfLockWait(const Timeline& timeline, const LockWait& wait, size_t step) {
  const Trace& trace = timeline.trace();
  std::string text = AtStart(fmt::format("{} waited {} for {}", ThreadPhrase(trace, wait.thread),
                                         FormatDuration(timeline.LengthNs(wait)), LockPhrase(trace, wait.lock)));
  if (wait.open) text += " and was still waiting when the recording ended";
  const int32_t first = wait.blocking_hold >= 0 ? wait.blocking_hold : wait.last_hold;
  if (first < 0) {
    return wait.holder == kNoObject ? text + "."
                                    : fmt::format("{}: {} held it.", text, ThreadPhrase(trace, wait.holder));
  }

  const Hold& hold = timeline.holds()[static_cast<size_t>(first)];
  const bool itself = hold.thread == wait.thread;
  const std::string holder = itself ? "it" : ThreadPhrase(trace, hold.thread);
  const std::string doing = itself ? "" : WhatThreadDoes(timeline, hold.thread, step).was;
  text += fmt::format(": {} held it{}{}{}", holder, itself ? " itself" : "", TakenAt(trace, hold.from),
                      doing.empty() ? "" : " and " + doing);
  if (wait.last_hold > first) {
    const size_t more = HoldsBetween(timeline, wait.lock, first, wait.last_hold) - 1;
    const ObjectId next = timeline.holds()[static_cast<size_t>(wait.last_hold)].thread;
    text += more == 1 ? fmt::format("; after that {} got it first", ThreadPhrase(trace, next))
                      : fmt::format("; after that others got it {} times first", more);
  }
  return text + ".";
}

// Where a job's wait is worth reading: the last step at which no worker was free, if there is one.
size_t StepOfJob(const Timeline& timeline, const Interval& stay) {
  const Trace& trace = timeline.trace();
  std::vector<size_t> candidates{LastStepIn(stay)};
  for (const ObjectId worker : timeline.workers()) {
    const auto found = std::lower_bound(trace.threads().begin(), trace.threads().end(), worker);
    const auto spans = timeline.ActivitiesOf(static_cast<size_t>(found - trace.threads().begin()));
    auto span = std::partition_point(spans.begin(), spans.end(), [&](const auto& s) { return s.to <= stay.from; });
    for (; span != spans.end() && span->from < stay.to; ++span) {
      const bool ends_inside = span->activity == Activity::kDriverCall && span->to > stay.from && span->to <= stay.to;
      if (ends_inside && span->to > 0) candidates.push_back(span->to - 1);
    }
  }
  std::sort(candidates.begin(), candidates.end(), std::greater<>());
  const auto busy = std::find_if(candidates.begin(), candidates.end(), [&](size_t step) {
    return step >= stay.from && CountWorkers(timeline, step).AllInCalls();
  });
  return busy != candidates.end() ? *busy : LastStepIn(stay);
}

std::string TextOfJob(const Timeline& timeline, const Job& job, size_t step) {
  const Trace& trace = timeline.trace();
  const Interval stay = timeline.QueuedInterval(job);
  std::string text = fmt::format("{} waited {} in {}{}", JobPhrase(trace, job), FormatDuration(timeline.LengthNs(stay)),
                                 DxPhrase(trace, job), kDxMeans);
  if (stay.open) text += " and was still there when the recording ended";
  if (!stay.open && job.taken == Job::kNever) text += " and was then dropped";
  const Reason reason = WhyQueued(timeline, job, step);
  return text + (reason.was.empty() ? "." : fmt::format(": {}.", reason.was));
}

}  // namespace

std::optional<LongestWait> FindLongestLockWait(const Timeline& timeline) {
  const std::span<const LockWait> waits = timeline.waits();
  const auto longest = std::max_element(waits.begin(), waits.end(), [&](const LockWait& a, const LockWait& b) {
    return timeline.LengthNs(a) < timeline.LengthNs(b);
  });
  if (longest == waits.end()) return std::nullopt;
  LongestWait found;
  found.index = static_cast<uint32_t>(longest - waits.begin());
  found.length_ns = timeline.LengthNs(*longest);
  found.step = StepOfLockWait(timeline, *longest);
  found.at_ns = EndOfStep(timeline.trace(), found.step);
  found.text = TextOfLockWait(timeline, *longest, found.step);
  return found;
}

std::optional<LongestWait> FindLongestWait(const Timeline& timeline) {
  std::optional<LongestWait> found = FindLongestLockWait(timeline);
  const std::span<const Job> jobs = timeline.jobs();
  const auto longest = std::max_element(jobs.begin(), jobs.end(), [&](const Job& a, const Job& b) {
    return timeline.QueuedNs(a) < timeline.QueuedNs(b);
  });
  if (longest == jobs.end() || longest->queued == Job::kNever) return found;
  const int64_t length = timeline.QueuedNs(*longest);
  if (found && found->length_ns >= length) return found;
  found.emplace();
  found->is_job = true;
  found->index = static_cast<uint32_t>(longest - jobs.begin());
  found->length_ns = length;
  found->step = StepOfJob(timeline, timeline.QueuedInterval(*longest));
  found->at_ns = EndOfStep(timeline.trace(), found->step);
  found->text = TextOfJob(timeline, *longest, found->step);
  return found;
}

}  // namespace lockscope::analysis
