#include "core/trace/event_order.h"

#include <algorithm>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace lockscope::trace {
namespace {

using Log = TraceParts::ThreadEvents;

// What is known of one lock: its acquisitions in their true order, and how far the merge has come along them.
struct LockProgress {
  struct Acquisition {
    uint32_t sequence = 0;
    bool released = false;  // Whether the logs have its release. Without it the next one need not wait for that.
  };
  std::vector<Acquisition> acquisitions;  // By sequence number.
  size_t next = 0;                        // The first that has not been emitted.
  bool held = false;                      // The one before `next` has a release that has not been emitted.
  uint64_t released_at = 0;               // Ticks of the last emitted release.
  std::vector<uint32_t> parked;           // Logs whose next event is a later acquisition of this lock.
};
using Locks = std::unordered_map<ObjectId, LockProgress>;

Result<Locks> CollectLocks(std::span<const Log> logs) {
  Locks locks;
  for (const Log& log : logs) {
    std::unordered_map<ObjectId, size_t> open;  // Lock → its open acquisition of this thread.
    for (const Event& event : log.events) {
      if (event.kind() == EventKind::kLockAcquired) {
        LockProgress& lock = locks[event.object()];
        open[event.object()] = lock.acquisitions.size();
        lock.acquisitions.push_back({event.arg(), false});
      } else if (event.kind() == EventKind::kLockReleased) {
        const auto found = open.find(event.object());
        if (found == open.end()) continue;  // Its acquisition was dropped.
        LockProgress::Acquisition& acquisition = locks[event.object()].acquisitions[found->second];
        if (acquisition.sequence == event.arg()) acquisition.released = true;
        open.erase(found);
      }
    }
  }
  for (auto& [id, lock] : locks) {
    auto by_sequence = [](const auto& a, const auto& b) { return a.sequence < b.sequence; };
    std::sort(lock.acquisitions.begin(), lock.acquisitions.end(), by_sequence);
    for (size_t i = 1; i < lock.acquisitions.size(); ++i) {
      if (lock.acquisitions[i].sequence == lock.acquisitions[i - 1].sequence) {
        return Fail("lock {} is acquired twice with the sequence number {}", id, lock.acquisitions[i].sequence);
      }
    }
  }
  return locks;
}

class Merge {
 public:
  Merge(std::span<const Log> logs, Locks locks, const std::function<void(uint32_t, const Event&)>& emit)
      : logs_(logs), locks_(std::move(locks)), emit_(emit), positions_(logs.size()), reached_(logs.size()) {
    for (uint32_t log = 0; log < logs.size(); ++log) Push(log);
  }

  Result<OrderProof> Run() {
    while (!heads_.empty()) {
      const uint32_t log = std::get<1>(heads_.top());
      heads_.pop();
      const Event& event = logs_[log].events[positions_[log]];
      if (event.kind() == EventKind::kLockAcquired && !MayAcquire(log, event)) continue;  // Parked.
      emit_(log, event);
      ++positions_[log];
      if (event.kind() == EventKind::kLockReleased) Released(event);
      Push(log);
    }
    for (size_t log = 0; log < logs_.size(); ++log) {
      if (positions_[log] == logs_[log].events.size()) continue;
      const Event& event = logs_[log].events[positions_[log]];
      return Fail("event {} of thread {}: acquisition {} of lock {} cannot come after the one before it",
                  positions_[log], logs_[log].thread, event.arg(), event.object());
    }
    return proof_;
  }

 private:
  // A log's place in the queue is the latest time it has shown, so that its own order stands even where its stamps run
  // backwards; equal times go by the order of the threads.
  void Push(uint32_t log) {
    if (positions_[log] == logs_[log].events.size()) return;
    reached_[log] = std::max(reached_[log], logs_[log].events[positions_[log]].ticks());
    heads_.emplace(reached_[log], log);
  }

  bool MayAcquire(uint32_t log, const Event& event) {
    LockProgress& lock = locks_.at(event.object());
    if (lock.acquisitions[lock.next].sequence != event.arg() || lock.held) {
      lock.parked.push_back(log);
      return false;
    }
    if (lock.next > 0 && lock.acquisitions[lock.next - 1].released) {
      ++proof_.holds;
      if (lock.released_at > event.ticks()) {
        proof_.clock_error_ticks = std::max(proof_.clock_error_ticks, lock.released_at - event.ticks());
      }
    }
    lock.held = lock.acquisitions[lock.next].released;
    ++lock.next;
    if (!lock.held) Unpark(lock);
    return true;
  }

  void Released(const Event& event) {
    const auto found = locks_.find(event.object());
    if (found == locks_.end()) return;  // Every acquisition of it was dropped.
    LockProgress& lock = found->second;
    lock.released_at = event.ticks();
    lock.held = false;
    Unpark(lock);
  }

  void Unpark(LockProgress& lock) {
    for (const uint32_t log : std::exchange(lock.parked, {})) heads_.emplace(reached_[log], log);
  }

  using Head = std::tuple<uint64_t, uint32_t>;
  std::span<const Log> logs_;
  Locks locks_;
  const std::function<void(uint32_t, const Event&)>& emit_;
  std::vector<size_t> positions_;  // By log: its next event.
  std::vector<uint64_t> reached_;  // By log: the latest ticks it has shown.
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
  OrderProof proof_;
};

}  // namespace

Result<OrderProof> PutInOrder(std::span<const Log> logs, const std::function<void(uint32_t, const Event&)>& emit) {
  Result<Locks> locks = CollectLocks(logs);
  if (!locks) return tl::make_unexpected(locks.error());
  return Merge(logs, std::move(*locks), emit).Run();
}

}  // namespace lockscope::trace
