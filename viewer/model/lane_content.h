// LaneContent: what each lane of a recording has to have room for, found once.
//
// A thread has a slot for each class of lock that it ever holds, in the order of the classes, so that a server lock
// and the client lock after it make a stair; a lock has a row for each thread that ever waits for it at the same time
// as others do; a client's lock has a row for the calls that wait in its dx queue. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::viewer {

// The place of a lock class in the lanes: server, client, anything else, the event loop's leaf lock.
int ClassRank(std::string_view lock_class);

class LaneContent {
 public:
  static constexpr int kMaxRows = 4;  // More waiters at once share the last row and are counted there.

  explicit LaneContent(const analysis::Timeline& timeline);

  const analysis::Timeline& timeline() const { return *timeline_; }

  // In the order in which the lanes stand: leader, loop, workers, others; then client programs.
  const std::vector<size_t>& daemon_threads() const { return daemon_threads_; }  // Indices into trace().threads().
  const std::vector<size_t>& client_threads() const { return client_threads_; }
  // Server, clients in order of creation (of connection), other locks, the event loop's.
  const std::vector<ObjectId>& locks() const { return locks_; }

  trace::Role RoleOf(size_t thread_index) const { return roles_[thread_index]; }
  // Which of the theme's lock colours: the server's, the event loop's, and then one after the other. -1 for what is no
  // lock.
  static constexpr int kServerHue = 0;
  static constexpr int kLoopHue = 1;
  static constexpr int kFirstOtherHue = 2;
  int HueOf(ObjectId lock) const { return lock < hues_.size() ? hues_[lock] : -1; }

  int HoldSlots(size_t thread_index) const { return hold_slots_[thread_index]; }
  int SlotOfHold(uint32_t hold) const { return slot_of_hold_[hold]; }
  int WaitRows(ObjectId lock) const { return wait_rows_[lock]; }
  int RowOfWait(uint32_t wait) const { return row_of_wait_[wait]; }
  int JobRows(ObjectId lock) const;  // Of the lock's client; 0 for every other lock.
  int RowOfJob(uint32_t job) const { return row_of_job_[job]; }
  // Indices into the timeline's, in order of their `from`.
  const std::vector<uint32_t>& HoldsBy(size_t thread_index) const { return holds_by_[thread_index]; }
  const std::vector<uint32_t>& JobsOf(ObjectId client) const { return jobs_of_[client]; }

 private:
  void OrderThreads();
  void OrderLocks();
  void PlaceHolds();
  void PlaceWaits();
  void PlaceJobs();

  const analysis::Timeline* timeline_;
  std::vector<trace::Role> roles_;  // By thread index.
  std::vector<size_t> daemon_threads_;
  std::vector<size_t> client_threads_;
  std::vector<ObjectId> locks_;
  std::vector<int> hues_;  // By object id, as the next ones.
  std::vector<int> wait_rows_;
  std::vector<int> job_rows_;
  std::vector<std::vector<uint32_t>> jobs_of_;
  std::vector<int> hold_slots_;  // By thread index.
  std::vector<std::vector<uint32_t>> holds_by_;
  std::vector<int> slot_of_hold_;
  std::vector<int> row_of_wait_;
  std::vector<int> row_of_job_;
};

}  // namespace lockscope::viewer
