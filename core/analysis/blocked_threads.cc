#include "core/analysis/blocked_threads.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/deadlock.h"
#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/analysis/queued_job.h"
#include "core/analysis/wait_graph.h"

namespace lockscope::analysis {
namespace {

using trace::Role;
using trace::Trace;

std::string LockName(const Trace& trace, ObjectId lock) {
  const trace::Object& object = trace.object(lock);
  if (object.lock_class != kClientClass) return object.lock_class.empty() ? object.name : object.lock_class;
  const std::string_view client = trace.Name(object.parent);
  return fmt::format("client {}", client.empty() ? std::string_view(object.name) : client);
}

std::string WaitsFor(const Timeline& timeline, const ActivitySpan& span) {
  const Trace& trace = timeline.trace();
  switch (span.activity) {
    case Activity::kBlocked:
      return LockName(trace, span.what);
    case Activity::kIdle:
      return fmt::format("condition {}", ObjectPhrase(trace, span.what));
    case Activity::kJoining:
      return fmt::format("end of {}", ScenarioName(timeline, span.what));
    case Activity::kPolling:
      return "poll";
    default:
      return "";
  }
}

// The driver call in which a worker waits: " in the driver call hostname", or "".
std::string InCall(const Timeline& timeline, const WorkerCensus& census, ObjectId thread) {
  for (const WorkerCensus::Call& call : census.in_calls) {
    if (call.worker == thread) {
      return fmt::format(" in the driver call {}", ObjectPhrase(timeline.trace(), call.procedure));
    }
  }
  return "";
}

// ", which worker-1 holds (taken at core/daemon/client.cc:88)", or "".
std::string HeldBy(const Timeline& timeline, ObjectId lock, size_t step) {
  const int32_t index = timeline.HolderAt(lock, step);
  if (index < 0) return "";
  const Hold& hold = timeline.holds()[static_cast<size_t>(index)];
  return fmt::format(", which {} holds{}", ThreadPhrase(timeline.trace(), hold.thread),
                     TakenAt(timeline.trace(), hold.from));
}

std::string Text(const Timeline& timeline, const WorkerCensus& census, ObjectId thread, const ActivitySpan& span,
                 size_t step) {
  const Trace& trace = timeline.trace();
  const std::string who = AtStart(ThreadPhrase(trace, thread));
  switch (span.activity) {
    case Activity::kIdle:
      return fmt::format("{} waits on the condition {}{}.", who, ObjectPhrase(trace, span.what),
                         InCall(timeline, census, thread));
    case Activity::kJoining:
      return fmt::format("{} waits for the end of {}.", who, ThreadPhrase(trace, span.what));
    case Activity::kPolling:
      return fmt::format("{} sleeps in poll.", who);
    default:
      return fmt::format("{} waits for {}{}.", who, LockPhrase(trace, span.what), HeldBy(timeline, span.what, step));
  }
}

bool IsLeaderAtRest(const Timeline& timeline, ObjectId thread, const ActivitySpan& span) {
  return timeline.RoleOf(thread) == Role::kLeader && span.activity == Activity::kJoining &&
         timeline.RoleOf(span.what) == Role::kEventLoop;
}

}  // namespace

std::string ScenarioName(const Timeline& timeline, ObjectId thread) {
  const Trace& trace = timeline.trace();
  const Role role = timeline.RoleOf(thread);
  const bool alone = std::count_if(trace.threads().begin(), trace.threads().end(),
                                   [&](ObjectId other) { return timeline.RoleOf(other) == role; }) == 1;
  if (alone && role == Role::kLeader) return "leader";
  if (alone && role == Role::kEventLoop) return "loop";
  return ObjectPhrase(trace, thread);
}

std::vector<BlockedThread> BlockedThreadsAt(const Timeline& timeline, size_t step, Blocked which) {
  const Trace& trace = timeline.trace();
  std::vector<BlockedThread> blocked;
  if (step >= trace.size()) return blocked;
  const WaitGraph graph = WaitGraphAt(timeline, step);
  const std::vector<bool> into_circle = LeadingIntoCircles(graph);
  const WorkerCensus census = CountWorkers(timeline, step);
  const std::vector<Sentence> sentences = SentencesAt(timeline, step, trace.end_ns());
  for (size_t i = 0; i < trace.threads().size(); ++i) {
    const ObjectId thread = trace.threads()[i];
    const ActivitySpan span = timeline.ActivityAt(i, step);
    const WaitEdge* const edge = graph.EdgeOf(thread);
    if (WaitsFor(timeline, span).empty() || timeline.RoleOf(thread) == Role::kClientProgram) continue;
    if (IsLeaderAtRest(timeline, thread, span)) continue;
    if (which == Blocked::kOnLocks && span.activity != Activity::kBlocked) continue;
    if (which == Blocked::kInCircles &&
        (edge == nullptr || !into_circle[static_cast<size_t>(edge - graph.edges.data())])) {
      continue;
    }
    BlockedThread found{thread, ScenarioName(timeline, thread), WaitsFor(timeline, span),
                        Text(timeline, census, thread, span, step)};
    const auto said = std::find_if(sentences.begin(), sentences.end(), [&](const Sentence& sentence) {
      return sentence.about == Sentence::About::kBlockedThread && sentence.thread == thread;
    });
    // Who has just begun to wait has no length of it to tell.
    if (said != sentences.end() && timeline.LengthNs(span) > 0) found.text = said->text;
    blocked.push_back(std::move(found));
  }
  return blocked;
}

}  // namespace lockscope::analysis
