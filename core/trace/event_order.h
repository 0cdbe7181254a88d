// EventOrder: from one log a thread to one order of all events.
//
// Time stamps alone are not an order: those of two cores contradict the true order of a hand-over by some tens of
// nanoseconds, often. Two things are exact: each thread's own log, and each lock's sequence numbers, which were counted
// while the lock was held. So this is a merge by time in which a lock's acquisition is held back until the hold before
// it has been released. Equal times go by the order of the logs; a log whose stamps run backwards stands as it is.
//
// A thread's events are taken in a run, up to the time of the next thread's: O(n + r log t) for n events in r runs of t
// threads. Only locks whose numbers have gaps, or whose releases are not all there, need a list of their acquisitions
// (8 bytes each). One thread; the logs must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class EventOrder {
 public:
  using Log = TraceParts::ThreadEvents;

  // Fails where a lock's sequence number repeats.
  static Result<EventOrder> Of(std::span<const Log> logs);

  // The next events, and the index of each one's log. Returns how many: less than there is room for only at the end. Fails
  // where the logs contradict the sequence numbers. `logs` has room for as many as `events`.
  Result<size_t> Next(std::span<Event> events, std::span<uint32_t> logs);

 private:
  // A log's place in the queue is the latest time it has shown.
  struct Head {
    uint64_t reached = 0;
    uint32_t log = 0;
    friend auto operator<=>(const Head&, const Head&) = default;
  };
  struct Parked {
    uint32_t sequence = 0;
    Head head;
    friend bool operator>(const Parked& a, const Parked& b) { return a.sequence > b.sequence; }
  };
  struct Acquisition {
    uint32_t sequence = 0;
    bool released = false;  // Whether the logs have its release. Without it the next one need not wait for that.
  };
  struct Lock {
    uint32_t first = ~uint32_t{0};  // The least number, and the greatest.
    uint32_t last = 0;
    uint32_t acquired = 0;       // How many acquisitions the logs have …
    uint32_t released = 0;       // … and how many of their releases,
    bool last_is_open = true;    // … the last one's among them or not.
    uint32_t open_log = kNoLog;  // While they are counted: whose acquisition is open, and its number.
    uint32_t open_sequence = 0;
    std::vector<Acquisition>
        listed;  // In order of their numbers; empty where every number from first to last is there.
    // How far the merge has come.
    size_t next = 0;        // The next acquisition: its number, or its place in the list.
    bool held = false;      // The one before `next` has a release that has not been emitted.
    uint32_t sequence = 0;  // Of that one, and its log.
    uint32_t log = kNoLog;
    std::vector<Parked> parked;  // A heap: logs whose next event is a later acquisition.
  };
  static constexpr uint32_t kNoLog = ~uint32_t{0};

  explicit EventOrder(std::span<const Log> logs) : logs_(logs), positions_(logs.size()) {}
  void Count();
  Result<void> ListSparse();
  void Start();
  Lock* Find(ObjectId id) { return id < lock_of_.size() && lock_of_[id] != 0 ? &locks_[lock_of_[id] - 1] : nullptr; }
  bool MayAcquire(Lock& lock, const Head& head, uint32_t sequence);
  void Unpark(Lock& lock);
  void Push(const Head& head);
  Head PopHeap();
  void SinkFront();
  Result<void> CheckAllEmitted();

  std::span<const Log> logs_;
  std::vector<uint32_t> lock_of_;  // By object: its place in locks_, plus 1.
  std::vector<Lock> locks_;
  std::vector<size_t> positions_;  // By log: its next event.
  std::vector<Head> heads_;        // A heap, the earliest in front: logs that may go on, but for the current one.
  Head current_;
  bool has_current_ = false;
};

}  // namespace lockscope::trace
