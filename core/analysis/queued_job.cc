#include "core/analysis/queued_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/analysis/holder_activity.h"
#include "core/analysis/phrases.h"

namespace lockscope::analysis {
namespace {

using trace::Trace;

// The driver call in which a thread is at a step, also while it is blocked or asleep inside it. What can hide a call
// follows it without a running span between.
std::optional<ObjectId> CallAt(const Timeline& timeline, size_t thread_index, size_t step) {
  const std::span<const ActivitySpan> spans = timeline.ActivitiesOf(thread_index);
  auto after = std::partition_point(spans.begin(), spans.end(), [&](const auto& span) { return span.from <= step; });
  while (after != spans.begin()) {
    const ActivitySpan& span = *--after;
    if (span.activity == Activity::kDriverCall) return span.what;
    if (span.activity == Activity::kRunning || span.activity == Activity::kUnknown) break;
  }
  return std::nullopt;
}

size_t IndexOf(const Trace& trace, ObjectId thread) {
  return static_cast<size_t>(std::lower_bound(trace.threads().begin(), trace.threads().end(), thread) -
                             trace.threads().begin());
}

constexpr size_t kMostCalls = 4;  // A sentence must be read.

// "worker-1: hostname, worker-2: domain_list".
std::string WhichCalls(const Trace& trace, const WorkerCensus& census) {
  std::string text;
  for (size_t i = 0; i < std::min(census.in_calls.size(), kMostCalls); ++i) {
    if (i > 0) text += ", ";
    text += fmt::format("{}: {}", ThreadPhrase(trace, census.in_calls[i].worker),
                        ObjectPhrase(trace, census.in_calls[i].procedure));
  }
  if (census.in_calls.size() > kMostCalls) text += fmt::format(" and {} more", census.in_calls.size() - kMostCalls);
  return text;
}

std::string All(size_t workers) { return workers == 1 ? "the only worker" : fmt::format("all {} workers", workers); }

}  // namespace

WorkerCensus CountWorkers(const Timeline& timeline, size_t step) {
  WorkerCensus census;
  for (const ObjectId worker : timeline.workers()) {
    const size_t index = IndexOf(timeline.trace(), worker);
    const ActivitySpan now = timeline.ActivityAt(index, step);
    if (now.from == now.to && !now.open) continue;  // Not begun, or ended.
    const std::optional<ObjectId> call = CallAt(timeline, index, step);
    if (call) {
      census.in_calls.push_back({worker, *call});
    } else if (now.activity == Activity::kBlocked) {
      census.blocked.push_back(worker);
    } else if (now.activity == Activity::kIdle) {
      census.asleep.push_back(worker);
      census.asleep_from.push_back(now.from);
    } else {
      census.awake.push_back(worker);
    }
  }
  return census;
}

namespace {

constexpr const char* kWhenScanned = "It is taken when a worker's scan comes to it.";
constexpr const char* kLost = "Nobody is left to take it: the wake-up is lost.";

bool SomeWorkerIsToBegin(const Timeline& timeline, size_t step) {
  const Trace& trace = timeline.trace();
  return std::ranges::any_of(timeline.workers(), [&](ObjectId worker) {
    const auto steps = trace.StepsOf(IndexOf(trace, worker));
    return !steps.empty() && steps.front() > step;
  });
}

// How the workers stand, and what follows for the job unless it is dropped.
Reason WhyNobodyTakes(const Timeline& timeline, const Job& job, size_t step) {
  const Trace& trace = timeline.trace();
  const WorkerCensus census = CountWorkers(timeline, step);
  if (timeline.workers().empty()) return {};
  if (census.alive() == 0) {
    if (SomeWorkerIsToBegin(timeline, step)) {
      return {"no worker has begun yet", "no worker had begun yet", kWhenScanned};
    }
    return {"no worker is alive", "no worker was alive", ""};
  }

  if (census.AllInCalls()) {
    const bool one = census.alive() == 1;
    const std::string calls = WhichCalls(trace, census);
    return {
        fmt::format("{} {} ({})", All(census.alive()), one ? "is in a driver call" : "are in driver calls", calls),
        fmt::format("{} {} ({})", All(census.alive()), one ? "was in a driver call" : "were in driver calls", calls),
        one ? "It is taken when that call is done." : "It is taken when one of them is done."};
  }
  if (!census.blocked.empty()) {
    const ObjectId worker = census.blocked.front();
    const ObjectId lock = timeline.ActivityAt(IndexOf(trace, worker), step).what;
    return {fmt::format("{} waits for {}", ThreadPhrase(trace, worker), LockPhrase(trace, lock)),
            fmt::format("{} waited for {}", ThreadPhrase(trace, worker), LockPhrase(trace, lock)), kWhenScanned};
  }
  if (!census.awake.empty()) {
    const std::string who = ThreadPhrase(trace, census.awake.front());
    Doing doing = WhatThreadDoes(timeline, census.awake.front(), step);
    if (doing.is.empty()) doing = {"is awake", "was awake"};
    return {who + " " + doing.is, who + " " + doing.was, kWhenScanned};
  }

  // Somebody is asleep; the others are in calls.
  const bool signalled = job.signalled != Job::kNever && job.signalled <= step;
  const bool one = census.asleep.size() == 1;
  std::string who = one ? ThreadPhrase(trace, census.asleep.front()) : fmt::format("{} workers", census.asleep.size());
  if (census.asleep.size() == census.alive()) who = All(census.alive());
  const std::string is = who + (one ? " is asleep" : " are asleep");
  const std::string was = who + (one ? " was asleep" : " were asleep");
  if (!signalled) {
    return {is + " and the job's signal has not been sent yet", was + " and the job's signal had not been sent yet",
            ""};
  }
  const bool somebody_heard = std::any_of(census.asleep_from.begin(), census.asleep_from.end(),
                                          [&](size_t from) { return from < job.signalled; });
  if (somebody_heard) {
    // The worker that takes it later is the one that the signal wakes, if it was woken for it at all.
    const bool known = job.woken != Job::kNever && job.woken > step &&
                       std::find(census.asleep.begin(), census.asleep.end(), job.worker) != census.asleep.end();
    const std::string woken = known ? ThreadPhrase(trace, job.worker) : "a sleeping worker";
    return {woken + " has been signalled and is waking up", woken + " had been signalled and was waking up", ""};
  }
  return {is + ", having gone to sleep after the job's signal", was + ", having gone to sleep after the job's signal",
          census.in_calls.empty() ? kLost : kWhenScanned};
}

}  // namespace

Reason WhyQueued(const Timeline& timeline, const Job& job, size_t step) {
  Reason reason = WhyNobodyTakes(timeline, job, step);
  if (reason.is.empty() || reason.then == kLost) return reason;
  if (job.taken != Job::kNever) {
    // What may be next need not be: others are in the queue before it, or have their turn first.
    const size_t before = timeline.CountTaken(step, job.taken);
    if (before == 0 || reason.then.empty()) return reason;
    reason.then.back() = ',';
    reason.then += before == 1 ? " after another call." : fmt::format(" after {} other calls.", before);
  } else if (job.dropped != Job::kNever) {
    const bool daemon_ends = timeline.trace().event(job.dropped).kind() == trace::EventKind::kJobDroppedShutdown;
    reason.then = daemon_ends ? "It is never taken: it is dropped when the daemon ends."
                              : fmt::format("It is never taken: it is dropped when {} has gone.",
                                            ObjectPhrase(timeline.trace(), job.client));
  }
  return reason;
}

std::string JobPhrase(const Trace& trace, const Job& job) {
  const std::string client = ObjectPhrase(trace, job.client);
  if (job.procedure == kNoObject) return fmt::format("{}'s job {}", client, job.number);
  return fmt::format("{}'s call {}", client, ObjectPhrase(trace, job.procedure));
}

std::string DxPhrase(const Trace& trace, const Job& job) {
  return fmt::format("{}'s dx queue", ObjectPhrase(trace, job.client));
}

}  // namespace lockscope::analysis
