#include "core/trace/event_order.h"

#include <algorithm>
#include <functional>

namespace lockscope::trace {

Result<EventOrder> EventOrder::Of(std::span<const Log> logs) {
  EventOrder order(logs);
  order.Count();
  if (Result<void> ok = order.ListSparse(); !ok) return tl::make_unexpected(ok.error());
  order.Start();
  return order;
}

// Of each lock: how many acquisitions there are, and of how many the release.
void EventOrder::Count() {
  for (uint32_t index = 0; index < logs_.size(); ++index) {
    for (const Event& event : logs_[index].events) {
      const bool release = event.kind() == EventKind::kLockReleased;
      if (!release && event.kind() != EventKind::kLockAcquired) continue;
      if (event.object() == kNoObject) continue;  // Of a lock whose name is lost: nothing is known of its order.
      if (event.object() >= lock_of_.size()) lock_of_.resize(event.object() + 1);
      uint32_t& place = lock_of_[event.object()];
      if (place == 0) {
        locks_.emplace_back();
        place = static_cast<uint32_t>(locks_.size());
      }
      Lock& lock = locks_[place - 1];
      const uint32_t sequence = event.arg();
      if (!release) {
        if (sequence >= lock.last) {
          lock.last = sequence;
          lock.last_is_open = true;
        }
        lock.first = std::min(lock.first, sequence);
        ++lock.acquired;
        lock.open_log = index;
        lock.open_sequence = sequence;
      } else if (lock.open_log == index && lock.open_sequence == sequence) {
        if (sequence == lock.last) lock.last_is_open = false;
        ++lock.released;
        lock.open_log = kNoLog;
      }
    }
  }
}

Result<void> EventOrder::ListSparse() {
  bool any = false;
  for (Lock& lock : locks_) {
    lock.open_log = kNoLog;
    if (lock.acquired == 0) continue;
    const bool all_numbers = lock.last - lock.first == lock.acquired - 1;
    const bool all_releases = lock.released + (lock.last_is_open ? 1 : 0) == lock.acquired;
    if (all_numbers && all_releases) {
      lock.next = lock.first;
    } else {
      lock.listed.reserve(lock.acquired);
      any = true;
    }
  }
  if (!any) return {};
  std::vector<size_t> open(locks_.size());  // By lock: the place of this log's open acquisition.
  for (uint32_t index = 0; index < logs_.size(); ++index) {
    for (const Event& event : logs_[index].events) {
      const bool release = event.kind() == EventKind::kLockReleased;
      if (!release && event.kind() != EventKind::kLockAcquired) continue;
      Lock* const lock = Find(event.object());
      if (lock == nullptr || lock->listed.capacity() == 0) continue;
      size_t& place = open[static_cast<size_t>(lock - locks_.data())];
      if (!release) {
        place = lock->listed.size();
        lock->listed.push_back({event.arg(), false});
        lock->open_log = index;
      } else if (lock->open_log == index && lock->listed[place].sequence == event.arg()) {
        lock->listed[place].released = true;
        lock->open_log = kNoLog;
      }
    }
  }
  for (size_t id = 0; id < lock_of_.size(); ++id) {
    if (lock_of_[id] == 0) continue;
    std::vector<Acquisition>& listed = locks_[lock_of_[id] - 1].listed;
    std::ranges::sort(listed, {}, &Acquisition::sequence);
    const auto twice = std::ranges::adjacent_find(listed, {}, &Acquisition::sequence);
    if (twice != listed.end()) {
      return Fail("lock {} is acquired twice with the sequence number {}", id, twice->sequence);
    }
  }
  return {};
}

void EventOrder::Start() {
  for (uint32_t log = 0; log < logs_.size(); ++log) {
    if (!logs_[log].events.empty()) Push({logs_[log].events.front().ticks(), log});
  }
}

Result<size_t> EventOrder::Next(std::span<Event> events, std::span<uint32_t> logs) {
  size_t done = 0;
  while (done < events.size()) {
    if (!has_current_) {
      if (heads_.empty()) break;
      current_ = PopHeap();
      has_current_ = true;
    }
    // One thread's events, as long as no other's are due.
    const std::vector<Event>& log = logs_[current_.log].events;
    size_t at = positions_[current_.log];
    const size_t first = at;
    const size_t end = std::min(log.size(), at + (events.size() - done));
    bool parked = false;
    bool passed = false;  // Another thread's event is due first.
    while (at < end) {
      const Event event = log[at];
      const bool release = event.kind() == EventKind::kLockReleased;
      if (release || event.kind() == EventKind::kLockAcquired) {
        Lock* const lock = Find(event.object());
        if (lock != nullptr && !release) {
          parked = !MayAcquire(*lock, current_, event.arg());
          if (parked) break;
        } else if (lock != nullptr && lock->held && lock->log == current_.log && lock->sequence == event.arg()) {
          lock->held = false;
          Unpark(*lock);
        }
      }
      events[done] = event;
      logs[done++] = current_.log;
      if (++at == log.size()) break;
      current_.reached = std::max(current_.reached, log[at].ticks());
      passed = !heads_.empty() && heads_.front() < current_;
      if (passed) break;
    }
    positions_[current_.log] += at - first;
    if (parked || at == log.size()) {
      has_current_ = false;
    } else if (passed) {
      std::swap(current_, heads_.front());
      SinkFront();
    }
  }
  if (done < events.size()) {
    if (Result<void> ok = CheckAllEmitted(); !ok) return tl::make_unexpected(ok.error());
  }
  return done;
}

bool EventOrder::MayAcquire(Lock& lock, const Head& head, uint32_t sequence) {
  const bool all_there = lock.listed.empty();
  const bool is_next = all_there ? lock.next == sequence : lock.listed[lock.next].sequence == sequence;
  if (!is_next || lock.held) {
    lock.parked.push_back({sequence, head});
    std::ranges::push_heap(lock.parked, std::greater<>());
    return false;
  }
  lock.held = all_there || lock.listed[lock.next].released;
  lock.sequence = sequence;
  lock.log = head.log;
  ++lock.next;
  if (!lock.held) Unpark(lock);
  return true;
}

// Whose turn it is may go on; the others would only have to wait again.
void EventOrder::Unpark(Lock& lock) {
  if (lock.parked.empty()) return;
  if (!lock.listed.empty() && lock.next == lock.listed.size()) return;
  const size_t next = lock.listed.empty() ? lock.next : lock.listed[lock.next].sequence;
  if (lock.parked.front().sequence != next) return;
  Push(lock.parked.front().head);
  std::ranges::pop_heap(lock.parked, std::greater<>());
  lock.parked.pop_back();
}

void EventOrder::Push(const Head& head) {
  heads_.push_back(head);
  std::ranges::push_heap(heads_, std::greater<>());
}

EventOrder::Head EventOrder::PopHeap() {
  std::ranges::pop_heap(heads_, std::greater<>());
  const Head head = heads_.back();
  heads_.pop_back();
  return head;
}

// The front has been exchanged for a later one: it sinks to its place.
void EventOrder::SinkFront() {
  size_t at = 0;
  for (size_t child = 1; child < heads_.size(); child = 2 * at + 1) {
    if (child + 1 < heads_.size() && heads_[child + 1] < heads_[child]) ++child;
    if (heads_[at] < heads_[child]) return;
    std::swap(heads_[at], heads_[child]);
    at = child;
  }
}

Result<void> EventOrder::CheckAllEmitted() {
  for (size_t log = 0; log < logs_.size(); ++log) {
    if (positions_[log] == logs_[log].events.size()) continue;
    const Event& event = logs_[log].events[positions_[log]];
    const Lock* const lock = Find(event.object());
    if (lock->listed.empty() && event.arg() < lock->next) {
      return Fail("lock {} is acquired twice with the sequence number {}", event.object(), event.arg());
    }
    return Fail("event {} of thread {}: acquisition {} of lock {} cannot come after the one before it", positions_[log],
                logs_[log].thread, event.arg(), event.object());
  }
  return {};
}

}  // namespace lockscope::trace
