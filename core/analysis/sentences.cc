// SentencesAt: one sentence for each thread that is blocked, each queue that nobody serves, each circle of waits.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/analysis/deadlock.h"
#include "core/analysis/explain.h"
#include "core/analysis/holder_activity.h"
#include "core/analysis/phrases.h"
#include "core/analysis/queued_job.h"
#include "core/analysis/wait_graph.h"

namespace lockscope::analysis {
namespace {

using trace::Trace;

// Who can be the next to have the lock: "worker-2", "worker-2 or worker-3", "one of the 5 threads that wait for it".
std::string NextHolder(const Trace& trace, const WaitGraph& graph, const WaitEdge& waiter) {
  std::vector<std::string> names{ThreadPhrase(trace, waiter.waiter)};
  for (const WaitEdge& other : graph.edges) {
    if (other.lock == waiter.lock && other.waiter != waiter.waiter) names.push_back(ThreadPhrase(trace, other.waiter));
  }
  if (names.size() > 3) return fmt::format("one of the {} threads that wait for it", names.size());
  std::string text = names[0];
  for (size_t i = 1; i < names.size(); ++i) text += (i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

// Who let go of a lock last before a step: an index into holds(), or -1.
int32_t LastHoldBefore(const Timeline& timeline, ObjectId lock, size_t step) {
  const std::span<const uint32_t> holds = timeline.HoldsOf(lock);
  const auto after = std::partition_point(holds.begin(), holds.end(),
                                          [&](uint32_t hold) { return timeline.holds()[hold].from <= step; });
  return after == holds.begin() ? -1 : static_cast<int32_t>(*(after - 1));
}

Sentence Blocked(const Timeline& timeline, const WaitGraph& graph, const WaitEdge& edge, bool stuck, size_t step,
                 int64_t now_ns) {
  const Trace& trace = timeline.trace();
  const LockWait& wait = timeline.waits()[static_cast<size_t>(edge.wait)];
  const std::string waiter = ThreadPhrase(trace, edge.waiter);
  Sentence sentence{Sentence::About::kBlockedThread, edge.waiter, edge.lock, edge.holder, ""};

  const int64_t since = std::max<int64_t>(now_ns - trace.TimeNs(wait.from), 0);
  sentence.text = since == 0 ? fmt::format("{} begins to wait for {}.", waiter, LockPhrase(trace, edge.lock))
                             : fmt::format("{} has been waiting {} for {}.", waiter, FormatDuration(since),
                                           LockPhrase(trace, edge.lock));
  sentence.text = AtStart(std::move(sentence.text));

  if (edge.hold >= 0) {
    const Hold& hold = timeline.holds()[static_cast<size_t>(edge.hold)];
    const std::string holder = ThreadPhrase(trace, edge.holder);
    const std::string doing = edge.holder == edge.waiter ? "" : WhatThreadDoes(timeline, edge.holder, step).is;
    sentence.text += fmt::format(" {} holds it{}{}{}; ", AtStart(edge.holder == edge.waiter ? waiter : holder),
                                 edge.holder == edge.waiter ? " itself" : "", TakenAt(trace, hold.from),
                                 doing.empty() ? "" : " and " + doing);
    sentence.text += stuck ? fmt::format("{} cannot go on: the waits close a circle.", waiter)
                           : fmt::format("{} goes on when {} releases it.", NextHolder(trace, graph, edge), holder);
    return sentence;
  }
  if (edge.holder != kNoObject) {
    const std::string holder = ThreadPhrase(trace, edge.holder);
    sentence.text += fmt::format(" {} held it when the wait began; ", AtStart(holder));
    sentence.text += stuck ? fmt::format("{} cannot go on: the waits close a circle.", waiter)
                           : fmt::format("{} goes on when {} releases it.", NextHolder(trace, graph, edge), holder);
    return sentence;
  }
  const int32_t last = LastHoldBefore(timeline, edge.lock, step);
  if (last >= 0) {
    const ObjectId before = timeline.holds()[static_cast<size_t>(last)].thread;
    sentence.text += fmt::format(" {} has released it; {} gets it next.", AtStart(ThreadPhrase(trace, before)),
                                 NextHolder(trace, graph, edge));
  }
  return sentence;
}

Sentence Queued(const Timeline& timeline, const Job& job, size_t behind, bool first, size_t step, int64_t now_ns) {
  const Trace& trace = timeline.trace();
  Sentence sentence{Sentence::About::kQueuedJob, job.client, kNoObject, kNoObject, ""};
  const int64_t since = std::max<int64_t>(now_ns - trace.TimeNs(job.queued), 0);
  const Reason reason = WhyQueued(timeline, job, step);
  sentence.text = fmt::format(
      "{} {} {}{}{}.", JobPhrase(trace, job),
      since == 0 ? std::string("begins to wait in") : fmt::format("has been waiting {} in", FormatDuration(since)),
      DxPhrase(trace, job), first ? kDxMeans : "", reason.is.empty() ? "" : ": " + reason.is);
  if (!reason.then.empty()) sentence.text += " " + reason.then;
  if (behind > 0) {
    sentence.text += fmt::format(" {} of {} {} behind it.", Counted(behind, "more call"),
                                 ObjectPhrase(trace, job.client), behind == 1 ? "waits" : "wait");
  }
  return sentence;
}

Sentence Deadlock(const Timeline& timeline, const WaitGraph& graph, const std::vector<size_t>& circle) {
  const WaitEdge& first = graph.edges[circle.front()];
  return {Sentence::About::kDeadlock, first.waiter, first.lock, first.holder,
          DeadlockSentence(timeline, graph, circle, Places::kWithout)};
}

}  // namespace

std::vector<Sentence> SentencesAt(const Timeline& timeline, size_t step) {
  return step < timeline.trace().size() ? SentencesAt(timeline, step, timeline.trace().TimeNs(step))
                                        : std::vector<Sentence>();
}

std::vector<Sentence> SentencesAt(const Timeline& timeline, size_t step, int64_t now_ns) {
  std::vector<Sentence> sentences;
  if (step >= timeline.trace().size()) return sentences;
  const WaitGraph graph = WaitGraphAt(timeline, step);
  const std::vector<bool> stuck = LeadingIntoCircles(graph);
  for (size_t i = 0; i < graph.edges.size(); ++i) {
    if (graph.edges[i].lock != kNoObject) {
      sentences.push_back(Blocked(timeline, graph, graph.edges[i], stuck[i], step, now_ns));
    }
  }

  const std::vector<uint32_t> queued = timeline.QueuedAt(step);
  std::set<ObjectId> said;
  for (const uint32_t index : queued) {
    const Job& job = timeline.jobs()[index];
    if (!said.insert(job.client).second) continue;
    const auto of_client = [&](uint32_t other) { return timeline.jobs()[other].client == job.client; };
    const size_t behind = static_cast<size_t>(std::count_if(queued.begin(), queued.end(), of_client)) - 1;
    sentences.push_back(Queued(timeline, job, behind, said.size() == 1, step, now_ns));
  }

  for (const std::vector<size_t>& circle : graph.circles) sentences.push_back(Deadlock(timeline, graph, circle));
  return sentences;
}

}  // namespace lockscope::analysis
