// Timeline: a trace as intervals. What each thread did from when to when, who held and who waited for each lock, and
// the life of each job from the packet to the reply. It knows nothing of a daemon: only events.
//
// All borders are steps (indices into the trace); an interval that the trace does not close ends at trace.size() and
// is `open`. Immutable once built; any thread. O(events) to build.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/interval_index.h"
#include "core/base/ids.h"
#include "core/trace/trace.h"

namespace lockscope::analysis {

// An interval of steps: [from, to). `to` is the step of the event that ends it.
struct Interval {
  uint32_t from = 0;
  uint32_t to = 0;
  bool open = false;
  bool Contains(size_t step) const { return from <= step && (step < to || open); }
};

enum class Activity : uint8_t {
  kRunning,     // Nothing below.
  kBlocked,     // Waits for a lock that another thread holds. `what`: the lock.
  kIdle,        // Waits on a condition. `what`: the condition.
  kPolling,     // Sleeps in poll. `what`: the loop.
  kJoining,     // Waits for another thread's end. `what`: that thread.
  kDriverCall,  // Makes a driver call. `what`: the procedure.
  kUnknown,     // Its events are missing: from the last one before them to events_lost.
};

// The activities of one thread follow one another without gaps, from its first event to its last. Blocked, idle,
// polling and joining take precedence over a driver call that surrounds them.
struct ActivitySpan : Interval {
  Activity activity = Activity::kRunning;
  ObjectId what = kNoObject;
};

struct Hold : Interval {  // From lock_acquired to lock_released.
  ObjectId lock = kNoObject;
  ObjectId thread = kNoObject;
  int32_t wait = -1;  // Index into waits() of the wait that led to it, or -1.
};

// From lock_requested to lock_acquired. A wait is for the lock; the hold that was in its way is the one open when it
// began, or -1 where that hold is not in the trace.
struct LockWait : Interval {
  ObjectId lock = kNoObject;
  ObjectId thread = kNoObject;
  int32_t blocking_hold = -1;   // Index into holds(): who held it when the wait began.
  int32_t last_hold = -1;       // Index into holds(): whose release let the waiter go on (a queue: not the same).
  ObjectId holder = kNoObject;  // The thread that held it when the wait began, as the waiter saw it.
};

// One job: a message of a client on its way. A step is kNever where the trace does not have it.
struct Job {
  static constexpr uint32_t kNever = 0xffffffff;
  uint32_t number = 0;
  ObjectId client = kNoObject;
  ObjectId procedure = kNoObject;
  ObjectId worker = kNoObject;    // The thread that took it.
  uint32_t packet_read = kNever;  // The loop has read the whole packet,
  uint32_t queued = kNever;       // puts it on dx,
  uint32_t signalled = kNever;    // signals the job condition;
  uint32_t woken = kNever;        // a worker stops waiting (the one that takes it, if it waited at all),
  uint32_t taken = kNever;        // takes the job,
  uint32_t call_began = kNever;   // makes the driver call,
  uint32_t call_ended = kNever;
  uint32_t reply_queued = kNever;   // queues the reply;
  uint32_t reply_written = kNever;  // the loop has written it.
  uint32_t dropped = kNever;        // Or the job, or its reply, was dropped.
  bool end_unknown = false;         // Events are missing after it was queued, and what became of it may be among them.
};

class Timeline {
 public:
  // `trace` must outlive the timeline.
  explicit Timeline(const trace::Trace& trace);

  const trace::Trace& trace() const { return *trace_; }
  // Whether the recording has only those acquisitions that had to wait: who holds what is then known in part.
  bool contended_only() const { return trace_->Meta("locks") == "contended"; }

  // By thread index, as in trace().threads(). Empty for a thread whose only event is its end.
  std::span<const ActivitySpan> ActivitiesOf(size_t thread_index) const;
  // The activity of a thread at a step; kRunning with an empty interval before its first event and after its end.
  ActivitySpan ActivityAt(size_t thread_index, size_t step) const;
  // The first role that a thread takes; kNone for a thread without one.
  trace::Role RoleOf(ObjectId thread) const;
  // The workers, in order of creation: the threads of that role or, in a trace without roles, those that take jobs.
  std::span<const ObjectId> workers() const { return workers_; }
  // The conditions that workers wait on outside of driver calls, in order of creation: "job".
  std::span<const ObjectId> job_conditions() const { return job_conditions_; }

  // In order of their `from`.
  std::span<const Hold> holds() const { return holds_; }
  std::span<const LockWait> waits() const { return waits_; }
  std::span<const Job> jobs() const { return jobs_; }  // In order of their numbers.
  // How many are taken after the one step and before the other.
  size_t CountTaken(size_t after, size_t before) const;
  // Index into jobs() of the job with a number, or -1.
  int64_t FindJob(uint32_t number) const;

  // Locks with at least one hold or wait, in order of creation.
  std::span<const ObjectId> locks() const { return locks_; }
  // Indices into holds() and waits(), in order. `lock` must be one of locks().
  std::span<const uint32_t> HoldsOf(ObjectId lock) const;
  std::span<const uint32_t> WaitsFor(ObjectId lock) const;
  // Indices into holds() of what a thread holds at a step, in order of acquisition. O(log n + k) for k of them.
  std::vector<uint32_t> HeldBy(ObjectId thread, size_t step) const;
  // Index into holds() of the hold of a lock at a step, or -1.
  int32_t HolderAt(ObjectId lock, size_t step) const;
  // Index into waits() of the wait in which the thread is at a step, or -1.
  int32_t WaitOf(ObjectId thread, size_t step) const;

  // Lengths in nanoseconds; an open interval ends with the trace. Never negative, whatever the clocks say.
  int64_t LengthNs(const Interval& interval) const;
  // A job's stay in dx: queued to taken (or dropped; open where the trace has neither). Empty where never queued.
  Interval QueuedInterval(const Job& job) const;
  // Indices into jobs() of those in dx at a step, in the order in which they were queued.
  std::vector<uint32_t> QueuedAt(size_t step) const;
  // How long a job lay in dx. 0 where it was never queued.
  int64_t QueuedNs(const Job& job) const;

 private:
  class Pass;
  // Into trace().threads(), or -1 for what has no events.
  int64_t ThreadIndexOf(ObjectId thread) const;
  void FindWorkers();

  const trace::Trace* trace_;
  std::vector<std::vector<ActivitySpan>> activities_;
  std::vector<Hold> holds_;
  std::vector<LockWait> waits_;
  std::vector<Job> jobs_;
  std::vector<ObjectId> locks_;
  std::vector<std::vector<uint32_t>> holds_of_;  // By lock, as in locks_.
  std::vector<std::vector<uint32_t>> waits_for_;
  std::vector<std::vector<uint32_t>> holds_by_thread_;  // By thread index.
  std::vector<std::vector<uint32_t>> waits_by_thread_;
  std::vector<IntervalIndex> held_index_;  // By thread index, over holds_by_thread_.
  std::vector<uint32_t> takes_;            // The steps at which jobs are taken, in order.
  std::vector<uint32_t> jobs_queued_;      // Jobs that were queued, in order of that …
  IntervalIndex queued_index_;             // … and their stays in dx.
  std::vector<trace::Role> roles_;         // By thread index.
  std::vector<ObjectId> workers_;
  std::vector<ObjectId> job_conditions_;
};

}  // namespace lockscope::analysis
