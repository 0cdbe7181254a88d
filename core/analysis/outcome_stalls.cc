// Runs that do not come to their end: deadlock, lost wake-up, stuck reply, hang, starvation.
#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/deadlock.h"
#include "core/analysis/explain.h"
#include "core/analysis/outcome_finders.h"
#include "core/analysis/phrases.h"
#include "core/analysis/queued_job.h"
#include "core/analysis/wait_graph.h"

namespace lockscope::analysis {
namespace {

using trace::EventKind;
using trace::Role;
using trace::Trace;

constexpr size_t kMostNames = 4;  // A sentence must be read.

std::string Who(const Trace& trace, const std::vector<ObjectId>& threads) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(threads.size(), kMostNames); ++i) names.push_back(ThreadPhrase(trace, threads[i]));
  if (threads.size() > kMostNames) names.push_back(fmt::format("{} more", threads.size() - kMostNames));
  return Listing(names);
}

std::string At(const Trace& trace, size_t step) {
  return trace.site(trace.event(step).site()).file.empty() ? "" : fmt::format(" (at {})", trace.Place(step));
}

ActivitySpan LastActivity(const Timeline& timeline, ObjectId thread) {
  const std::span<const ObjectId> threads = timeline.trace().threads();
  const auto found = std::lower_bound(threads.begin(), threads.end(), thread);
  return timeline.ActivityAt(static_cast<size_t>(found - threads.begin()), timeline.trace().size() - 1);
}

bool NobodyGoesOn(RunEnd end) { return end == RunEnd::kStuck || end == RunEnd::kWatchdog; }

// Whether the last update of the client's watch asked for writing, too. A watch begins with reading alone. True where
// the trace knows no watch of the client.
bool ToldToWatchForWriting(const Trace& trace, ObjectId client) {
  const auto of_client = [&](ObjectId watch) {
    return trace.object(watch).type == trace::ObjectType::kWatch && trace.object(watch).parent == client;
  };
  bool told = true;
  for (ObjectId id = 1; id <= trace.objects().size(); ++id) told = told && !of_client(id);
  for (const trace::Event& event : trace.events()) {
    if (event.kind() != EventKind::kWatchUpdated || !of_client(event.object())) continue;
    told = (event.arg() & trace::kIoWritable) != 0;
  }
  return told;
}

std::string SignalNobodyHeard(const Timeline& timeline, const Job& job, const WorkerCensus& census) {
  const Trace& trace = timeline.trace();
  if (job.signalled == Job::kNever) return "; the job condition was not signalled for it.";
  const std::string signaller = ThreadPhrase(trace, trace.thread(job.signalled));
  const std::string place = At(trace, job.signalled);
  const bool all_after = std::all_of(census.asleep_from.begin(), census.asleep_from.end(),
                                     [&](size_t from) { return from > job.signalled; });
  if (!all_after) return fmt::format("; the signal that {} sent for it{} woke none of them.", signaller, place);
  const size_t last = *std::max_element(census.asleep_from.begin(), census.asleep_from.end());
  return fmt::format(": {} signalled{} before {} began to wait{}, so nobody heard it.", signaller, place,
                     ThreadPhrase(trace, trace.thread(last)), At(trace, last));
}

// "worker-1 and worker-2 wait on the condition answered in the driver call hostname". All of a group wait for the same.
std::string GroupPhrase(const Timeline& timeline, const std::vector<ObjectId>& threads, const WorkerCensus& census) {
  const Trace& trace = timeline.trace();
  const ActivitySpan span = LastActivity(timeline, threads.front());
  const std::string who = Who(trace, threads);
  const char* const s = threads.size() == 1 ? "s" : "";
  switch (span.activity) {
    case Activity::kBlocked: {
      const int32_t hold = timeline.HolderAt(span.what, trace.size() - 1);
      std::string text = fmt::format("{} wait{} for {}", who, s, LockPhrase(trace, span.what));
      if (hold < 0) return text;
      const Hold& found = timeline.holds()[static_cast<size_t>(hold)];
      return text + fmt::format(", which {} holds{}", ThreadPhrase(trace, found.thread), TakenAt(trace, found.from));
    }
    case Activity::kJoining:
      return fmt::format("{} wait{} for the end of {}", who, s, ThreadPhrase(trace, span.what));
    case Activity::kPolling:
      return fmt::format("{} sleep{} in poll", who, s);
    default: {
      std::string text = fmt::format("{} wait{} on the condition {}", who, s, ObjectPhrase(trace, span.what));
      const auto call = std::find_if(census.in_calls.begin(), census.in_calls.end(),
                                     [&](const auto& candidate) { return candidate.worker == threads.front(); });
      if (call == census.in_calls.end()) return text;
      return text + fmt::format(" in the driver call {}", ObjectPhrase(trace, call->procedure));
    }
  }
}

// The call that lies in dx longest, and how many more: "bob's call hostname and 2 more calls lie in dx, untaken".
std::string LeftInDx(const Timeline& timeline) {
  const std::vector<uint32_t> queued = timeline.QueuedAt(timeline.trace().size() - 1);
  if (queued.empty()) return "";
  const std::string first = JobPhrase(timeline.trace(), timeline.jobs()[queued.front()]);
  return queued.size() == 1
             ? fmt::format(" Meanwhile {} waits in dx.", first)
             : fmt::format(" Meanwhile {} and {} wait in dx.", first, Counted(queued.size() - 1, "more call"));
}

// Client programs that live, have the reply to every call, and to which the daemon owes no other: they wait for events.
std::vector<ObjectId> WaitingForEvents(const Timeline& timeline, uint64_t& heard) {
  const Trace& trace = timeline.trace();
  std::vector<ObjectId> waiting;
  for (size_t i = 0; i < trace.threads().size(); ++i) {
    const ObjectId thread = trace.threads()[i];
    if (timeline.RoleOf(thread) != Role::kClientProgram) continue;
    const auto count = [&](EventKind kind) {
      return static_cast<uint64_t>(
          std::ranges::count_if(trace.StepsOf(i), [&](uint32_t step) { return trace.event(step).kind() == kind; }));
    };
    const uint64_t sent = count(EventKind::kCallSent);
    if (sent == 0 || count(EventKind::kReplyReceived) < sent || count(EventKind::kThreadEnded) > 0) continue;
    // Its good-bye is a job, too, though the program records no call. Without a job by its name nothing is known of it.
    bool has_job = false, is_owed = false;
    for (const Job& job : timeline.jobs()) {
      if (trace.Name(job.client) != trace.Name(thread)) continue;
      has_job = true;
      is_owed = is_owed || job.reply_written == Job::kNever;
    }
    if (!has_job || is_owed) continue;
    waiting.push_back(thread);
    heard = count(EventKind::kEventReceived);
  }
  return waiting;
}

// "alice waits for an event, and none comes", or "".
std::string EventsThatDoNotCome(const Timeline& timeline) {
  uint64_t heard = 0;
  const std::vector<ObjectId> waiting = WaitingForEvents(timeline, heard);
  if (waiting.empty()) return "";
  const std::string who = Who(timeline.trace(), waiting);
  if (waiting.size() > 1) return who + " wait for an event, and none comes";
  if (heard == 0) return who + " waits for an event, and none comes";
  return fmt::format("{} has heard {} and waits for another", who, Counted(heard, "event"));
}

Outcome Starved(const Timeline& timeline, const LockWait& wait) {
  const Trace& trace = timeline.trace();
  const auto later = timeline.HoldsOf(wait.lock);
  const auto grants =
      std::count_if(later.begin(), later.end(), [&](uint32_t hold) { return timeline.holds()[hold].from > wait.from; });
  const std::string granted =
      grants == 0 ? ""
                  : fmt::format("; others have got it {} meanwhile", Counted(static_cast<uint64_t>(grants), "time"));
  return {OutcomeKind::kStarvation,
          fmt::format("Starvation: {} has been waiting {} for {}{}. The run went on until its limit of steps.",
                      ThreadPhrase(trace, wait.thread), FormatDuration(timeline.LengthNs(wait)),
                      LockPhrase(trace, wait.lock), granted),
          wait.from,
          {}};
}

}  // namespace

std::optional<Outcome> FindDeadlock(const Timeline& timeline) {
  const Trace& trace = timeline.trace();
  const WaitGraph graph = WaitGraphAt(timeline, trace.size() - 1);
  if (graph.circles.empty()) return std::nullopt;
  const std::vector<size_t>& circle = graph.circles.front();
  Outcome outcome{OutcomeKind::kDeadlock,
                  DeadlockSentence(timeline, graph, circle, Places::kWith),
                  ClosingStep(timeline, graph, circle),
                  {}};
  std::vector<ObjectId> behind;
  for (const BlockedThread& blocked : BlockedThreadsAt(timeline, trace.size() - 1, Blocked::kInCircles)) {
    const bool inside = std::any_of(circle.begin(), circle.end(),
                                    [&](size_t edge) { return graph.edges[edge].waiter == blocked.thread; });
    if (!inside) behind.push_back(blocked.thread);
  }
  if (!behind.empty()) {
    outcome.sentence += fmt::format(" {} wait{} behind {}.", AtStart(Who(trace, behind)), behind.size() == 1 ? "s" : "",
                                    circle.size() == 1 ? "it" : "them");
  }
  return outcome;
}

std::optional<Outcome> FindLostWakeUp(const Timeline& timeline, RunEnd end) {
  const Trace& trace = timeline.trace();
  const size_t last = trace.size() - 1;
  if (end == RunEnd::kFinished) return std::nullopt;
  const std::vector<uint32_t> queued = timeline.QueuedAt(last);
  const WorkerCensus census = CountWorkers(timeline, last);
  if (queued.empty() || census.asleep.empty() || !census.awake.empty()) return std::nullopt;
  const Job& job = timeline.jobs()[queued.front()];
  if (!NobodyGoesOn(end)) {
    // Somebody may be about to go on. But nobody goes to sleep after the signal of a job that he then leaves there.
    const bool all_after = std::all_of(census.asleep_from.begin(), census.asleep_from.end(), [&](size_t from) {
      return job.signalled != Job::kNever && from > job.signalled;
    });
    if (!all_after || census.asleep.size() < census.alive()) return std::nullopt;
  }
  const bool at_work = std::any_of(census.in_calls.begin(), census.in_calls.end(), [&](const auto& call) {
    return LastActivity(timeline, call.worker).activity == Activity::kDriverCall;
  });
  if (at_work) return std::nullopt;

  Outcome outcome{
      OutcomeKind::kLostWakeUp, "", *std::max_element(census.asleep_from.begin(), census.asleep_from.end()), {}};
  outcome.step = std::max<size_t>(outcome.step, job.signalled != Job::kNever ? job.signalled : job.queued);
  outcome.sentence =
      fmt::format("Lost wake-up: {} lies in {}{}, and {} {}{}", JobPhrase(trace, job), DxPhrase(trace, job), kDxMeans,
                  Who(trace, census.asleep), census.asleep.size() == 1 ? "sleeps" : "sleep",
                  SignalNobodyHeard(timeline, job, census));
  return outcome;
}

std::optional<Outcome> FindStuckReply(const Timeline& timeline, RunEnd end) {
  const Trace& trace = timeline.trace();
  if (!NobodyGoesOn(end)) return std::nullopt;
  const auto loop = std::find_if(trace.threads().begin(), trace.threads().end(),
                                 [&](ObjectId thread) { return timeline.RoleOf(thread) == Role::kEventLoop; });
  if (loop == trace.threads().end() || LastActivity(timeline, *loop).activity != Activity::kPolling) {
    return std::nullopt;
  }
  const auto job = std::find_if(timeline.jobs().begin(), timeline.jobs().end(), [](const Job& candidate) {
    return candidate.reply_queued != Job::kNever && candidate.reply_written == Job::kNever &&
           candidate.dropped == Job::kNever;
  });
  if (job == timeline.jobs().end()) return std::nullopt;
  const std::string client = ObjectPhrase(trace, job->client);
  const bool told = ToldToWatchForWriting(trace, job->client);
  return Outcome{OutcomeKind::kStuckReply,
                 fmt::format("Stuck reply: {} has queued the reply to {} on {}'s tx queue{}, but {} sleeps in poll{}.",
                             ThreadPhrase(trace, trace.thread(job->reply_queued)), JobPhrase(trace, *job), client,
                             At(trace, job->reply_queued), ThreadPhrase(trace, *loop),
                             told ? "" : fmt::format(" and has not been told to watch {} for writing", client)),
                 job->reply_queued,
                 {}};
}

std::optional<Outcome> FindHang(const Timeline& timeline, RunEnd end) {
  if (!NobodyGoesOn(end)) return std::nullopt;
  const size_t last = timeline.trace().size() - 1;
  const WorkerCensus census = CountWorkers(timeline, last);
  // Groups that wait for the same thing, in the order of the threads; the loop in poll says least and stands last.
  std::vector<std::pair<std::string, std::vector<ObjectId>>> groups;
  size_t step = 0;
  for (const BlockedThread& blocked : BlockedThreadsAt(timeline, last, Blocked::kAtAll)) {
    step = std::max<size_t>(step, LastActivity(timeline, blocked.thread).from);
    const auto same =
        std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == blocked.waits_for; });
    if (same != groups.end()) {
      same->second.push_back(blocked.thread);
    } else {
      groups.push_back({blocked.waits_for, {blocked.thread}});
    }
  }
  std::stable_partition(groups.begin(), groups.end(), [](const auto& group) { return group.first != "poll"; });
  // The daemon's threads only rest where it is a client program that waits.
  std::string text = EventsThatDoNotCome(timeline);
  for (const auto& [waits_for, threads] : groups) {
    text += (text.empty() ? "" : "; ") + GroupPhrase(timeline, threads, census);
  }
  text = "Hang: " + (text.empty() ? "nothing moves any more." : text + ". Nobody is left to wake them.");
  return Outcome{OutcomeKind::kHang, text + LeftInDx(timeline), groups.empty() ? last : step, {}};
}

std::optional<Outcome> FindStarvation(const Timeline& timeline, RunEnd end) {
  if (end != RunEnd::kStepLimit) return std::nullopt;
  const Trace& trace = timeline.trace();
  const LockWait* longest = nullptr;
  for (const LockWait& wait : timeline.waits()) {
    if (wait.open && (longest == nullptr || wait.from < longest->from)) longest = &wait;
  }
  const std::vector<uint32_t> queued = timeline.QueuedAt(trace.size() - 1);
  const Job* const job = queued.empty() ? nullptr : &timeline.jobs()[queued.front()];
  if (longest != nullptr && (job == nullptr || longest->from < job->queued)) return Starved(timeline, *longest);
  if (job != nullptr) {
    return Outcome{
        OutcomeKind::kStarvation,
        fmt::format("Starvation: {} has been waiting {} in {}{}, and nobody has taken it. The run went on "
                    "until its limit of steps.",
                    JobPhrase(trace, *job), FormatDuration(timeline.QueuedNs(*job)), DxPhrase(trace, *job), kDxMeans),
        job->queued,
        {}};
  }
  for (const BlockedThread& blocked : BlockedThreadsAt(timeline, trace.size() - 1, Blocked::kAtAll)) {
    const ActivitySpan span = LastActivity(timeline, blocked.thread);
    if (span.activity == Activity::kPolling) continue;
    return Outcome{OutcomeKind::kStarvation,
                   fmt::format("Starvation: the run went on until its limit of steps. {}", blocked.text),
                   span.from,
                   {}};
  }
  return Outcome{OutcomeKind::kStarvation,
                 "Starvation: the run went on until its limit of steps and came to no end.",
                 trace.size() - 1,
                 {}};
}

}  // namespace lockscope::analysis
