#include "core/analysis/holder_activity.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/phrases.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;
using trace::ObjectType;
using trace::Trace;

// A thread's last events decide; a scan of many clients is longer than this, and its default covers it.
constexpr size_t kLookBack = 64;

Doing Being(const std::string& what) { return {"is " + what, "was " + what}; }

bool Holds(const Timeline& timeline, ObjectId thread, size_t step, std::string_view lock_class) {
  const std::vector<uint32_t> held = timeline.HeldBy(thread, step);
  return std::any_of(held.begin(), held.end(), [&](uint32_t hold) {
    return timeline.trace().object(timeline.holds()[hold].lock).lock_class == lock_class;
  });
}

bool HoldsLockOf(const Timeline& timeline, ObjectId thread, size_t step, ObjectId client) {
  const std::vector<uint32_t> held = timeline.HeldBy(thread, step);
  return std::any_of(held.begin(), held.end(), [&](uint32_t hold) {
    return timeline.trace().object(timeline.holds()[hold].lock).parent == client;
  });
}

// Inside a callback: what it has come to since it began.
Doing InCallback(const Timeline& timeline, ObjectId thread, size_t step, const Event& began, EventKind last) {
  const Trace& trace = timeline.trace();
  const ObjectId client = trace.object(began.object()).parent;
  const bool of_client = trace.object(client).type == ObjectType::kClient;
  if (of_client && HoldsLockOf(timeline, thread, step, client)) {
    const bool readable = (began.arg() & trace::kIoReadable) != 0;
    const bool writable = (began.arg() & trace::kIoWritable) != 0;
    if (last == EventKind::kCallbackBegan && readable && !writable) return Being("reading a packet");
    if (last == EventKind::kCallbackBegan && writable && !readable) return Being("writing a reply");
    if (last == EventKind::kPacketRead) return Being("queuing a job");
    if (last == EventKind::kJobQueued) return {"has just queued a job", "had just queued a job"};
    if (last == EventKind::kReplyWritten) return {"has just written a reply", "had just written a reply"};
    if (last == EventKind::kEventWritten) return {"has just written an event", "had just written an event"};
  }
  return Being(fmt::format("in the callback of {}", WatchPhrase(trace, began.object())));
}

// A running thread, from the last of its events that says something.
Doing Running(const Timeline& timeline, size_t thread_index, size_t step) {
  const Trace& trace = timeline.trace();
  const ObjectId thread = trace.threads()[thread_index];
  const std::span<const uint32_t> steps = trace.StepsOf(thread_index);
  const auto after = std::upper_bound(steps.begin(), steps.end(), step);
  const size_t count = std::min(static_cast<size_t>(after - steps.begin()), kLookBack);
  const bool worker = std::binary_search(timeline.workers().begin(), timeline.workers().end(), thread);
  Doing scanning = worker && Holds(timeline, thread, step, kServerClass) ? Being("scanning for a job") : Doing{};

  EventKind last_of_client = EventKind::kCallbackBegan;  // The latest word on the client within the callback.
  bool let_client_go = false;
  for (size_t back = 1; back <= count; ++back) {
    const Event& event = trace.event(*(after - static_cast<std::ptrdiff_t>(back)));
    switch (event.kind()) {
      case EventKind::kCallbackBegan:
        return InCallback(timeline, thread, step, event, last_of_client);
      case EventKind::kPacketRead:
      case EventKind::kJobQueued:
      case EventKind::kReplyWritten:
      case EventKind::kEventWritten:
      case EventKind::kClientClosed:
        if (last_of_client == EventKind::kCallbackBegan) last_of_client = event.kind();
        break;
      case EventKind::kCallbackEnded:
      case EventKind::kPollReturned:
        return {};
      // A worker's circle: scan, take, call, reply, scan …
      case EventKind::kWaitEnded:
        return scanning;
      case EventKind::kLockReleased:
        let_client_go = let_client_go || trace.object(event.object()).lock_class == kClientClass;
        break;
      case EventKind::kJobTaken:  // Until it lets the client go; a call that needs no driver comes back at once.
        return Being(let_client_go ? "queuing a reply" : "taking a job");
      case EventKind::kCallEnded:
        return Being("queuing a reply");
      case EventKind::kEventQueued:
        return Being("telling clients of an event");
      case EventKind::kReplyQueued:
        return Holds(timeline, thread, step, kServerClass) ? scanning : worker ? Being("queuing a reply") : Doing{};
      default:
        break;
    }
  }
  return scanning;
}

}  // namespace

size_t EndOfLongestQuiet(const Timeline& timeline, ObjectId thread, size_t from, size_t to) {
  const Trace& trace = timeline.trace();
  const std::span<const ObjectId> threads = trace.threads();
  const auto index = std::lower_bound(threads.begin(), threads.end(), thread) - threads.begin();
  const std::span<const uint32_t> steps = trace.StepsOf(static_cast<size_t>(index));
  size_t best = from;
  int64_t best_ns = -1;
  size_t begin = from;
  for (auto at = std::upper_bound(steps.begin(), steps.end(), from);; ++at) {
    const size_t end = at != steps.end() && *at < to ? *at : to;
    const int64_t quiet_ns = (end < trace.size() ? trace.TimeNs(end) : trace.end_ns()) - trace.TimeNs(begin);
    if (quiet_ns > best_ns) {
      best_ns = quiet_ns;
      best = end - 1;
    }
    if (end == to) return best;
    begin = end;
  }
}

Doing WhatThreadDoes(const Timeline& timeline, ObjectId thread, size_t step, ObjectId waiter) {
  const Trace& trace = timeline.trace();
  const std::span<const ObjectId> threads = trace.threads();
  const auto found = std::lower_bound(threads.begin(), threads.end(), thread);
  if (found == threads.end() || *found != thread) return {};
  const size_t index = static_cast<size_t>(found - threads.begin());
  const ActivitySpan now = timeline.ActivityAt(index, step);
  switch (now.activity) {
    case Activity::kBlocked: {
      const int32_t hold = timeline.HolderAt(now.what, step);
      std::string wanted = LockPhrase(trace, now.what);
      if (hold >= 0) {
        const ObjectId other = timeline.holds()[static_cast<size_t>(hold)].thread;
        const std::string who = other == thread ? "it holds itself" : ThreadPhrase(trace, other) + " holds";
        const std::string whom = other == thread ? "it held itself" : ThreadPhrase(trace, other) + " held";
        return {fmt::format("itself waits for {}, which {}", wanted, who),
                fmt::format("itself waited for {}, which {}", wanted, whom)};
      }
      // Nobody has it at this step: it has just been let go. What kept the waiter waiting is who had it when it began.
      const int32_t wait = timeline.WaitOf(thread, step);
      const int32_t before = wait >= 0 ? timeline.waits()[static_cast<size_t>(wait)].blocking_hold : -1;
      if (before < 0) return {"itself waits for " + wanted, "itself waited for " + wanted};
      const Hold& earlier = timeline.holds()[static_cast<size_t>(before)];
      const std::string who = ThreadPhrase(trace, earlier.thread);
      const int64_t held_until = trace.TimeNs(std::min<size_t>(earlier.to, step));
      const int64_t held_ns = held_until - trace.TimeNs(timeline.waits()[static_cast<size_t>(wait)].from);
      const bool was_held = earlier.thread != waiter && held_ns > trace.TimeNs(step) - held_until;
      return {fmt::format("itself waits for {}, which {} has let go", wanted, who),
              fmt::format("itself waited for {}, which {} {}", wanted, who, was_held ? "held" : "had let go")};
    }
    case Activity::kIdle:
      return Being(fmt::format("asleep on {}", ObjectPhrase(trace, now.what)));
    case Activity::kPolling:
      return Being("asleep in poll");
    case Activity::kJoining: {
      const std::string whom = ThreadPhrase(trace, now.what);
      return {fmt::format("waits for the end of {}", whom), fmt::format("waited for the end of {}", whom)};
    }
    case Activity::kDriverCall:
      return Being(fmt::format("in the driver call {}", ObjectPhrase(trace, now.what)));
    case Activity::kUnknown:
      return {};
    case Activity::kRunning:
      break;
  }
  return now.from == now.to && !now.open ? Doing{} : Running(timeline, index, step);
}

}  // namespace lockscope::analysis
