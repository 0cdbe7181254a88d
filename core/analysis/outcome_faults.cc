// What went wrong in runs that may come to their end all the same: use after free, overrun, delay, a broken rule.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/analysis/explain.h"
#include "core/analysis/outcome_finders.h"
#include "core/analysis/phrases.h"
#include "core/analysis/queued_job.h"
#include "core/analysis/wait_graph.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;
using trace::Trace;

// The call of the client that the thread was serving when the client was freed: " during alice's call hostname", or "".
std::string DuringCall(const Timeline& timeline, ObjectId client, ObjectId thread, size_t freed) {
  for (const Job& job : timeline.jobs()) {
    const bool taken_before = job.taken != Job::kNever && job.taken < freed;
    const bool over = job.reply_queued != Job::kNever && job.reply_queued < freed;
    if (job.client == client && job.worker == thread && taken_before && !over) {
      return " during " + JobPhrase(timeline.trace(), job);
    }
  }
  return "";
}

// Who else waited too long for a lock while that wait lasted, for one behind it perhaps: " Meanwhile the event loop
// waited 4.97 ms for the server lock, which worker-2 held.", or "".
std::string AlsoWaiting(const Timeline& timeline, const LongestWait& wait, int64_t patience_ns) {
  constexpr size_t kMost = 2;  // A sentence must be read.
  const Trace& trace = timeline.trace();
  std::vector<std::string> others;
  for (const WaitEdge& edge : WaitGraphAt(timeline, wait.step).edges) {
    if (edge.wait < 0 || (!wait.is_job && static_cast<uint32_t>(edge.wait) == wait.index)) continue;
    const LockWait& other = timeline.waits()[static_cast<size_t>(edge.wait)];
    if (timeline.LengthNs(other) <= patience_ns || others.size() == kMost) continue;
    const std::string held = edge.holder == kNoObject ? "" : ", which " + ThreadPhrase(trace, edge.holder) + " held";
    others.push_back(fmt::format("{} waited {} for {}{}", ThreadPhrase(trace, edge.waiter),
                                 FormatDuration(timeline.LengthNs(other)), LockPhrase(trace, edge.lock), held));
  }
  return others.empty() ? "" : fmt::format(" Meanwhile {}.", Listing(others));
}

// Whose calls went first although they came later: " 45 calls that came later were taken before it, all of them alice's.", or
// "".
std::string Overtaking(const Timeline& timeline, const std::vector<const Job*>& jobs) {
  if (jobs.empty()) return "";
  std::map<ObjectId, size_t> by_client;
  for (const Job* job : jobs) ++by_client[job->client];
  const auto whose = [&](ObjectId client) { return ObjectPhrase(timeline.trace(), client) + "'s"; };
  if (jobs.size() == 1) return fmt::format(" A call that came later was taken before it, {}.", whose(jobs[0]->client));
  std::string text = fmt::format(" {} calls that came later were taken before it", jobs.size());
  if (by_client.size() == 1) return text + fmt::format(", all of them {}.", whose(jobs[0]->client));
  const auto most = std::ranges::max_element(by_client, {}, &std::pair<const ObjectId, size_t>::second);
  return text + fmt::format(", {} of them {}.", most->second, whose(most->first));
}

}  // namespace

std::optional<Outcome> FindUseAfterFree(const Timeline& timeline) {
  const Trace& trace = timeline.trace();
  std::map<ObjectId, size_t> freed;  // Client → step.
  for (size_t step = 0; step < trace.size(); ++step) {
    const Event& event = trace.event(step);
    if (event.kind() == EventKind::kClientFreed) freed.emplace(event.object(), step);
    if (event.kind() != EventKind::kFreedClientUsed) continue;
    std::string text = fmt::format("Use after free: {} uses client {} (at {})", ThreadPhrase(trace, trace.thread(step)),
                                   ObjectPhrase(trace, event.object()), trace.Place(step));
    const auto found = freed.find(event.object());
    if (found != freed.end()) {
      text += fmt::format(", which {} freed{} (at {})", ThreadPhrase(trace, trace.thread(found->second)),
                          DuringCall(timeline, event.object(), trace.thread(step), found->second),
                          trace.Place(found->second));
    } else {
      text += ", which has been freed";
    }
    return Outcome{OutcomeKind::kUseAfterFree, text + ".", step, {}};
  }
  return std::nullopt;
}

std::optional<Outcome> FindOverrun(const Timeline& timeline, int64_t max_client_requests) {
  if (max_client_requests <= 0) return std::nullopt;
  const Trace& trace = timeline.trace();
  // A job is under way from when it is queued until its reply is written, or the job or its reply dropped.
  std::multimap<size_t, std::pair<ObjectId, int>> changes;
  for (const Job& job : timeline.jobs()) {
    if (job.queued == Job::kNever) continue;
    changes.insert({job.queued, {job.client, 1}});
    const uint32_t over = std::min(job.reply_written, job.dropped);  // kNever is the largest number.
    if (over != Job::kNever && over > job.queued) changes.insert({over, {job.client, -1}});
  }
  std::map<ObjectId, int64_t> under_way;
  ObjectId client = kNoObject;  // The first to exceed the limit, …
  size_t first = 0;
  int64_t most = 0;  // … and how far it went.
  for (const auto& [step, change] : changes) {
    const int64_t now = under_way[change.first] += change.second;
    if (now > max_client_requests && client == kNoObject) {
      client = change.first;
      first = step;
    }
    if (change.first == client) most = std::max(most, now);
  }
  if (client == kNoObject) return std::nullopt;
  std::string text = fmt::format(
      "Overrun: {} queues call number {} of {} (at {}) while {} under way, though the daemon allows {}",
      ThreadPhrase(trace, trace.thread(first)), max_client_requests + 1, ObjectPhrase(trace, client),
      trace.Place(first), max_client_requests == 1 ? "another is" : fmt::format("{} are", max_client_requests),
      max_client_requests);
  if (most > max_client_requests + 1) text += fmt::format("; later {} are under way at once", most);
  return Outcome{OutcomeKind::kOverrun, text + ".", first, {}};
}

std::optional<Outcome> FindDelay(const Timeline& timeline, int64_t patience_ns) {
  if (patience_ns <= 0) return std::nullopt;
  const std::optional<LongestWait> wait = FindLongestWait(timeline);
  if (!wait || wait->length_ns <= patience_ns) return std::nullopt;
  std::vector<const Job*> overtaking;
  size_t step = wait->step;
  if (wait->is_job) {
    // The moment that tells is then that at which another one's call is taken although the patience is over.
    const Job& job = timeline.jobs()[wait->index];
    overtaking = JobsThatOvertook(timeline, job);
    const int64_t over_ns = timeline.trace().TimeNs(job.queued) + patience_ns;
    const auto late = std::ranges::find_if(
        overtaking, [&](const Job* other) { return timeline.trace().TimeNs(other->taken) > over_ns; });
    if (late != overtaking.end()) step = (*late)->taken;
  }
  return Outcome{OutcomeKind::kDelay,
                 fmt::format("Delay, longer than the {} of patience: {}{}{}", FormatDuration(patience_ns), wait->text,
                             Overtaking(timeline, overtaking), AlsoWaiting(timeline, *wait, patience_ns)),
                 step,
                 {}};
}

std::optional<Outcome> FindBrokenRule(const RuleReport& report) {
  const auto first = std::find_if(report.findings.begin(), report.findings.end(),
                                  [](const Finding& finding) { return !finding.advisory; });
  if (first == report.findings.end()) return std::nullopt;
  return Outcome{OutcomeKind::kFindings,
                 fmt::format("{} is broken at {}: {}", RuleTitle(first->rule), first->where, first->text),
                 first->step,
                 {}};
}

}  // namespace lockscope::analysis
