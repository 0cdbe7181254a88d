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

// The hold that was in the way when the wait began, or else the last one; -1: not known.
int32_t FirstHold(const LockWait& wait) { return wait.blocking_hold >= 0 ? wait.blocking_hold : wait.last_hold; }

// The holds that the wait outlasted, from that one to the last.
std::span<const uint32_t> HoldsInTheWay(const Timeline& timeline, const LockWait& wait) {
  const std::span<const uint32_t> holds = timeline.HoldsOf(wait.lock);
  const auto from = std::lower_bound(holds.begin(), holds.end(), static_cast<uint32_t>(FirstHold(wait)));
  const auto to = std::upper_bound(from, holds.end(), static_cast<uint32_t>(std::max(FirstHold(wait), wait.last_hold)));
  return {from, to};
}

// Which of them took most of the wait; the first of several.
int32_t LongestHold(const Timeline& timeline, const LockWait& wait) {
  const Trace& trace = timeline.trace();
  const auto time_of = [&trace](size_t step) { return step < trace.size() ? trace.TimeNs(step) : trace.end_ns(); };
  int32_t longest = FirstHold(wait);
  int64_t longest_ns = -1;
  for (const uint32_t index : HoldsInTheWay(timeline, wait)) {
    const Hold& hold = timeline.holds()[index];
    const int64_t ns = time_of(std::min(hold.to, wait.to)) - time_of(std::max(hold.from, wait.from));
    if (ns <= longest_ns) continue;
    longest = static_cast<int32_t>(index);
    longest_ns = ns;
  }
  return longest;
}

// The last step before the holder ended its longest quiet time within the wait: what it did then is what the waiter
// waited for.
size_t StepOfLockWait(const Timeline& timeline, const LockWait& wait) {
  if (FirstHold(wait) < 0) return LastStepIn(wait);
  const Hold& hold = timeline.holds()[static_cast<size_t>(LongestHold(timeline, wait))];
  const size_t from = std::max<size_t>(wait.from, hold.from);
  const size_t to = std::min<size_t>(wait.to, std::max<size_t>(hold.to, from + 1));
  return EndOfLongestQuiet(timeline, hold.thread, from, std::max(to, from + 1));
}

std::string TextOfLockWait(const Timeline& timeline, const LockWait& wait, size_t step) {
  const Trace& trace = timeline.trace();
  std::string text = AtStart(fmt::format("{} waited {} for {}", ThreadPhrase(trace, wait.thread),
                                         FormatDuration(timeline.LengthNs(wait)), LockPhrase(trace, wait.lock)));
  if (wait.open) text += " and was still waiting when the recording ended";
  if (FirstHold(wait) < 0) {
    return wait.holder == kNoObject ? text + "."
                                    : fmt::format("{}: {} held it.", text, ThreadPhrase(trace, wait.holder));
  }

  const int32_t longest = LongestHold(timeline, wait);
  const Hold& hold = timeline.holds()[static_cast<size_t>(longest)];
  const bool itself = hold.thread == wait.thread;
  const std::string holder = itself ? "it" : ThreadPhrase(trace, hold.thread);
  const std::string doing = itself ? "" : WhatThreadDoes(timeline, hold.thread, step, wait.thread).was;
  text += fmt::format(": {} held it{}{}{}", holder, itself ? " itself" : "", TakenAt(trace, hold.from),
                      doing.empty() ? "" : " and " + doing);
  const size_t more = HoldsInTheWay(timeline, wait).size() - 1;
  if (longest != FirstHold(wait)) {
    text += more == 1 ? "; before that it was held once" : fmt::format("; besides, it was held {} times", more);
  } else if (more > 0) {
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

std::vector<const Job*> JobsThatOvertook(const Timeline& timeline, const Job& job) {
  std::vector<const Job*> found;
  for (const Job& other : timeline.jobs()) {
    const bool later = other.queued != Job::kNever && other.queued > job.queued;
    if (later && other.taken != Job::kNever && other.taken < std::min(job.taken, job.dropped)) found.push_back(&other);
  }
  std::ranges::sort(found, {}, &Job::taken);
  return found;
}

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
