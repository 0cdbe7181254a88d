// Explanations in plain words: the same sentences in window, report and JSON.
//
// Names, never addresses or enum spellings; three significant digits with a unit. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

// "1.80 ms", "42.0 us", "350 ns", "12.0 s". Three significant digits; "0 ns".
std::string FormatDuration(int64_t ns);

// The last step that is an event of the run, not a scenario's words about it; 0 of an empty trace. Its number is what
// people are told as the number of steps.
size_t LastEvent(const trace::Trace& trace);

// What a step was: "worker-2 acquires alice's lock", "event loop queues domain_list on alice's dx".
std::string DescribeEvent(const trace::Trace& trace, size_t step);
// Two to five lines of details for a selected event: what, when, where, the sequence number or job in words.
std::vector<std::string> DescribeEventDetails(const Timeline& timeline, size_t step);

// "the server lock", "alice's lock", "the event-loop lock": how a sentence calls a lock.
std::string LockPhrase(const trace::Trace& trace, ObjectId lock);

// What a thread that is not blocked does, in a few words for its lane: "driver call hostname", "idle", "polling".
std::string ActivityPhrase(const trace::Trace& trace, const ActivitySpan& span);

struct Sentence {
  enum class About : uint8_t { kBlockedThread, kQueuedJob, kDeadlock };
  About about = About::kBlockedThread;
  ObjectId thread = kNoObject;  // The blocked thread; for a queued job, its client.
  ObjectId lock = kNoObject;
  ObjectId holder = kNoObject;  // The thread that holds the lock.
  std::string text;
};

// One sentence for every thread that is blocked at the step, then one for every client with a job that nobody takes,
// then, where the waits close a circle, one that says so. Idle threads get none.
//   "worker-2 has been waiting 1.80 ms for alice's lock. The event loop holds it (taken at core/daemon/client.cc:88)
//    and is reading a packet; worker-2 goes on when the event loop releases it."
//   "dave's call hostname has been waiting 12.1 ms in dave's dx queue (dx: calls waiting): all 3 workers are in driver
//    calls (worker-1: hostname, worker-2: domain_list, worker-3: hostname). It is taken when one of them is done."
// Lengths are as of the step's own time or, while time passes without an event, as of `now_ns` (since the recording's
// zero, as Trace::TimeNs): show a cursor that stands between two events with that.
std::vector<Sentence> SentencesAt(const Timeline& timeline, size_t step);
std::vector<Sentence> SentencesAt(const Timeline& timeline, size_t step, int64_t now_ns);

// The longest wait of a recording: for a lock, or of a job in its dx queue where that is longer.
struct LongestWait {
  bool is_job = false;
  uint32_t index = 0;  // Into waits() or jobs().
  int64_t length_ns = 0;
  // Where the sentence is worth reading: what kept the waiter waiting longest lasts from `step` to `at_ns`, the time of
  // the next step. SentencesAt(timeline, step, at_ns) says it.
  size_t step = 0;
  int64_t at_ns = 0;
  std::string text;  // In the past: "dave's call hostname waited 21.3 ms in dave's dx queue …: all 3 workers were …".
};
std::optional<LongestWait> FindLongestWait(const Timeline& timeline);
std::optional<LongestWait> FindLongestLockWait(const Timeline& timeline);

// The jobs that were queued later than this one and taken before it, in the order in which they were taken.
std::vector<const Job*> JobsThatOvertook(const Timeline& timeline, const Job& job);

// The story a viewer opens on: one job from packet to reply, around the longest wait.
struct Story {
  size_t from_step = 0;
  size_t to_step = 0;
  size_t cursor = 0;      // The decisive event …
  int64_t cursor_ns = 0;  // … and the time for SentencesAt: up to that of the step after it.
  std::string title;      // "One call, from the socket to a worker and back".
  std::optional<LongestWait> wait;
  int64_t job = -1;  // Index into jobs(), or -1.
};
Story FindStory(const Timeline& timeline);

}  // namespace lockscope::analysis
