// One event in words.
#include "core/analysis/describe_event.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/analysis/rules.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;
using trace::Trace;

// How many events of a thread's log are looked through for what an event alone does not say.
constexpr size_t kNearby = 64;

std::string Readiness(uint32_t io) {
  std::vector<std::string> words;
  if (io & trace::kIoReadable) words.push_back("readable");
  if (io & trace::kIoWritable) words.push_back("writable");
  if (io & trace::kIoHangup) words.push_back("hung up");
  return Listing(words);
}

std::string Interest(uint32_t io) {
  std::vector<std::string> words;
  if (io & trace::kIoReadable) words.push_back("reading");
  if (io & trace::kIoWritable) words.push_back("writing");
  return words.empty() ? "nothing" : Listing(words);
}

size_t PositionInLog(const Trace& trace, size_t step) {
  const std::span<const uint32_t> steps = trace.StepsOf(trace.ThreadIndex(step));
  return static_cast<size_t>(std::lower_bound(steps.begin(), steps.end(), step) - steps.begin());
}

// What a job calls, as far as its neighbours in the same thread's log say it: the packet read before it is queued, the
// driver call before or after any other of its events. Else "job 4".
std::string JobName(const Trace& trace, size_t step) {
  const std::span<const uint32_t> steps = trace.StepsOf(trace.ThreadIndex(step));
  const size_t at = PositionInLog(trace, step);
  const Event& event = trace.event(step);
  for (size_t back = 1; back <= std::min(at, kNearby); ++back) {
    const Event& before = trace.event(steps[at - back]);
    const bool its_packet = event.kind() == EventKind::kJobQueued && before.kind() == EventKind::kPacketRead &&
                            before.object() == event.object();
    if (its_packet) return ObjectPhrase(trace, before.arg());
    if (before.kind() == EventKind::kJobQueued && event.kind() == EventKind::kJobQueued) break;
    const bool its_call = before.kind() == EventKind::kCallEnded && before.arg() == event.arg();
    if (its_call) return ObjectPhrase(trace, before.object());
  }
  for (size_t i = at + 1; i < std::min(steps.size(), at + kNearby); ++i) {
    const Event& after = trace.event(steps[i]);
    const bool its_call = after.kind() == EventKind::kCallBegan && after.arg() == event.arg();
    if (its_call) return ObjectPhrase(trace, after.object());
  }
  return fmt::format("job {}", event.arg());
}

}  // namespace

std::string EventPredicate(const Trace& trace, size_t step) {
  const Event& event = trace.event(step);
  const std::string object = ObjectPhrase(trace, event.object());
  switch (event.kind()) {
    case EventKind::kThreadStarted:
      return event.arg() == kNoObject ? "starts"
                                      : fmt::format("starts, created by {}", ThreadPhrase(trace, event.arg()));
    case EventKind::kThreadEnded:
      return "ends";
    case EventKind::kEventsLost:
      return fmt::format("has {} missing here from the recording", Counted(event.arg(), "event"));
    case EventKind::kThreadJoined:
      return fmt::format("has joined {}", ThreadPhrase(trace, event.object()));
    case EventKind::kThreadRole: {
      const auto role = static_cast<trace::Role>(std::min<uint32_t>(event.arg(), 255));
      return fmt::format("takes the role of {}", trace::RoleName(role).empty() ? "nothing" : trace::RoleName(role));
    }
    case EventKind::kJoinBegan:
      return fmt::format("waits for the end of {}", ThreadPhrase(trace, event.object()));

    case EventKind::kLockRequested:
    case EventKind::kLockTryFailed: {
      const bool waits = event.kind() == EventKind::kLockRequested;
      const std::string wanted =
          fmt::format("{} {}", waits ? "has to wait for" : "does not get", LockPhrase(trace, event.object()));
      if (event.arg() == kNoObject) return waits ? wanted : wanted + " and does not wait";
      return fmt::format("{}, which {} holds{}", wanted, ThreadPhrase(trace, event.arg()),
                         waits ? "" : ", and does not wait");
    }
    case EventKind::kLockAcquired:
      return fmt::format("acquires {}", LockPhrase(trace, event.object()));
    case EventKind::kLockReleased:
      return fmt::format("releases {}", LockPhrase(trace, event.object()));

    case EventKind::kWaitBegan:
      return fmt::format("waits on {}", object);
    case EventKind::kWaitEnded:
      return fmt::format("stops waiting on {}", object);
    case EventKind::kConditionSignalled:
      return fmt::format("signals {}", object);
    case EventKind::kConditionBroadcast:
      return fmt::format("broadcasts {}", object);

    case EventKind::kPollEntered:
      return fmt::format("goes to sleep in poll on {}", Counted(event.arg(), "handle"));
    case EventKind::kPollReturned:
      return event.arg() == 0 ? "returns from poll, nothing being ready"
                              : fmt::format("returns from poll, {} ready", Counted(event.arg(), "handle"));
    case EventKind::kCallbackBegan: {
      const std::string ready = Readiness(event.arg());
      return fmt::format("runs the callback of {}{}", WatchPhrase(trace, event.object()),
                         ready.empty() ? "" : " (" + ready + ")");
    }
    case EventKind::kCallbackEnded:
      return fmt::format("ends the callback of {}", WatchPhrase(trace, event.object()));
    case EventKind::kTimerFired:
      return fmt::format("fires timer {}", object);
    case EventKind::kWatchUpdated:
      return fmt::format("sets {} to {}", WatchPhrase(trace, event.object()), Interest(event.arg()));
    case EventKind::kLoopWoken:
      return "wakes the event loop";

    case EventKind::kClientAccepted:
      return fmt::format("accepts {}", object);
    case EventKind::kClientClosed:
      return fmt::format("closes the connection of {}", object);
    case EventKind::kClientFreed:
      return fmt::format("frees {}", object);
    case EventKind::kPacketRead:
      return event.arg() == kNoObject
                 ? fmt::format("has read a whole packet from {}", object)
                 : fmt::format("has read a whole packet from {}: {}", object, ObjectPhrase(trace, event.arg()));
    case EventKind::kJobQueued:
      return fmt::format("queues {} on {}'s dx", JobName(trace, step), object);
    case EventKind::kJobTaken:
      return fmt::format("takes {} from {}'s dx", JobName(trace, step), object);
    case EventKind::kJobDroppedClientDead:
      return fmt::format("drops job {} from {}'s dx: the client is gone", event.arg(), object);
    case EventKind::kJobDroppedShutdown:
      return fmt::format("drops job {} from {}'s dx: the daemon is shutting down", event.arg(), object);
    case EventKind::kCallBegan:
      return fmt::format("begins the driver call {}", object);
    case EventKind::kCallEnded:
      return fmt::format("ends the driver call {}", object);
    case EventKind::kReplyQueued:
      return fmt::format("queues the reply to {} on {}'s tx", JobName(trace, step), object);
    case EventKind::kReplyDropped:
      return fmt::format("drops the reply to {} for {}: the client is gone", JobName(trace, step), object);
    case EventKind::kReplyWritten:
      return fmt::format("has written the whole reply to {}", object);
    case EventKind::kEventQueued:
      return fmt::format("queues the event of {} on {}'s tx", JobName(trace, step), object);
    case EventKind::kEventWritten:
      return fmt::format("has written a whole event to {}", object);
    case EventKind::kEventDropped:
      return fmt::format("drops the event of {} for {}: the client is gone, or too far behind", JobName(trace, step),
                         object);
    case EventKind::kBacklogFull:
      return fmt::format("will have {} disconnected: {} of events on its tx, unread", object,
                         Counted(event.arg(), "byte"));
    case EventKind::kEventReceived:
      return fmt::format("hears: {}", object);
    case EventKind::kFreedClientUsed:
      return fmt::format("uses {}, which has been freed", object);
    case EventKind::kHandshakeBegan:
      return fmt::format("begins the handshake with {}", object);
    case EventKind::kHandshakeEnded:
      return fmt::format("has finished the handshake with {}", object);
    case EventKind::kClientRefused:
      return event.arg() == kNoObject ? fmt::format("turns away {}", object)
                                      : fmt::format("turns away {}: {}", object, ObjectPhrase(trace, event.arg()));
    case EventKind::kPacketDecrypted:
      return fmt::format("has decrypted a packet from {} ({})", object, Counted(event.arg(), "byte"));

    case EventKind::kDaemonStarted:
      return "has started everything";
    case EventKind::kLoopEnded:
      return "sees that the event loop has ended";
    case EventKind::kShutdownBegan:
      return "begins the end of the daemon: no more calls are taken or read";
    case EventKind::kLastRepliesAwaited:
      return fmt::format("waits a moment for {} to read {} last replies", Counted(event.arg(), "client"),
                         event.arg() == 1 ? "its" : "their");
    case EventKind::kCallSent:
      return fmt::format("sends the call {}", object);
    case EventKind::kReplyReceived:
      return fmt::format("has the reply to {}", object);
    case EventKind::kRuleBroken: {
      const ObjectId held = trace::ObjectOfRule(event.arg());
      const int rule = trace::RuleOf(event.arg());
      const bool about_lock = trace.object(event.object()).type == trace::ObjectType::kMutex;
      return fmt::format("breaks {}{}{}", rule == kOwnLockOrder ? "the order of locks" : fmt::format("rule R{}", rule),
                         event.object() == kNoObject
                             ? ""
                             : fmt::format(" at {}", about_lock ? LockPhrase(trace, event.object()) : object),
                         held == kNoObject ? "" : fmt::format(", holding {}", LockPhrase(trace, held)));
    }

    case EventKind::kCaptionShown:
      return fmt::format("is where the scenario says: {}", object);
    case EventKind::kQuestionAsked:
      return fmt::format("is where the scenario asks: {}", object);
  }
  return "does something unknown";
}

size_t LastEvent(const Trace& trace) {
  for (size_t step = trace.size(); step-- > 0;) {
    if (!trace::IsWords(trace.event(step).kind())) return step;
  }
  return 0;
}

namespace {

std::string WhenAndWhere(const Trace& trace, size_t step) {
  const trace::Site& site = trace.site(trace.event(step).site());
  std::string text =
      fmt::format("At {}, step {} of {}", FormatDuration(trace.TimeNs(step)), step + 1, LastEvent(trace) + 1);
  if (!site.file.empty()) text += fmt::format(", {}", site.Place());
  if (!site.function.empty()) text += fmt::format(" in {}", site.function);
  return text + ".";
}

std::string LifeOfJob(const Timeline& timeline, const Job& job) {
  const Trace& trace = timeline.trace();
  std::vector<std::string> parts;
  if (job.queued != Job::kNever) parts.push_back(fmt::format("{} in dx", FormatDuration(timeline.QueuedNs(job))));
  if (job.call_began != Job::kNever && job.call_ended != Job::kNever) {
    const int64_t length = trace.TimeNs(job.call_ended) - trace.TimeNs(job.call_began);
    parts.push_back(fmt::format("{} in the driver call", FormatDuration(std::max<int64_t>(length, 0))));
  }
  if (job.worker != kNoObject) parts.push_back(fmt::format("taken by {}", ThreadPhrase(trace, job.worker)));
  std::string text = fmt::format("Job {}", job.number);
  if (job.procedure != kNoObject) text += fmt::format(", {}", ObjectPhrase(trace, job.procedure));
  if (job.client != kNoObject) text += fmt::format(" for {}", ObjectPhrase(trace, job.client));
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? ": " : ", ") + parts[i];
  return text + ".";
}

std::string LifeOfHold(const Timeline& timeline, const Hold& hold, uint32_t sequence) {
  std::string text = fmt::format("Hold {} of {}", sequence, LockPhrase(timeline.trace(), hold.lock));
  text += hold.open ? ": not released in this recording"
                    : fmt::format(": kept for {}", FormatDuration(timeline.LengthNs(hold)));
  if (hold.wait >= 0) {
    const LockWait& wait = timeline.waits()[static_cast<size_t>(hold.wait)];
    text += fmt::format(", after a wait of {}", FormatDuration(timeline.LengthNs(wait)));
  }
  return text + ".";
}

bool IsJobEvent(const Event& event) {
  const trace::KindInfo* kind = trace::FindKind(event.kind());
  return kind != nullptr && kind->arg == trace::ArgType::kJob;
}

}  // namespace

std::string DescribeEvent(const Trace& trace, size_t step) {
  return fmt::format("{} {}", ThreadName(trace, trace.thread(step)), EventPredicate(trace, step));
}

std::vector<std::string> DescribeEventDetails(const Timeline& timeline, size_t step) {
  const Trace& trace = timeline.trace();
  const Event& event = trace.event(step);
  const ObjectId thread = trace.thread(step);
  std::vector<std::string> lines{
      AtStart(fmt::format("{} {}.", ThreadPhrase(trace, thread), EventPredicate(trace, step))),
      WhenAndWhere(trace, step)};

  if (event.kind() == EventKind::kLockAcquired || event.kind() == EventKind::kLockReleased) {
    const bool acquired = event.kind() == EventKind::kLockAcquired;
    const int32_t hold =
        acquired || step == 0 ? timeline.HolderAt(event.object(), step) : timeline.HolderAt(event.object(), step - 1);
    if (hold >= 0) lines.push_back(LifeOfHold(timeline, timeline.holds()[static_cast<size_t>(hold)], event.arg()));
  } else if (event.kind() == EventKind::kLockRequested) {
    const int32_t wait = timeline.WaitOf(thread, step);
    if (wait >= 0) {
      const LockWait& found = timeline.waits()[static_cast<size_t>(wait)];
      lines.push_back(found.open ? "It does not get the lock in this recording."
                                 : fmt::format("It gets it after {}.", FormatDuration(timeline.LengthNs(found))));
    }
  } else if (IsJobEvent(event)) {
    const int64_t job = timeline.FindJob(event.arg());
    if (job >= 0) lines.push_back(LifeOfJob(timeline, timeline.jobs()[static_cast<size_t>(job)]));
  }

  std::vector<std::string> held;
  for (const uint32_t hold : timeline.HeldBy(thread, step)) {
    held.push_back(LockPhrase(trace, timeline.holds()[hold].lock));
  }
  if (!held.empty()) {
    lines.push_back(AtStart(fmt::format("{} holds {} now.", ThreadPhrase(trace, thread), Listing(held))));
  }
  return lines;
}

}  // namespace lockscope::analysis
