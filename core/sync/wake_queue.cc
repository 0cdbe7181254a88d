#include "core/sync/wake_queue.h"

#include <span>

#include "core/sync/thread_state.h"

namespace lockscope::sync {

WakeQueue::WakeQueue() : outer_(ThreadState::Current().ExchangeWakeQueue(this)) {}

WakeQueue::~WakeQueue() {
  ThreadState::Current().ExchangeWakeQueue(outer_);
  for (const Entry& entry : std::span(entries_).first(count_)) entry.wake(entry.what, entry.times);
}

void WakeQueue::Add(Wake wake, void* what) {
  // A thread that has no state has no queue, either, and gets none for this.
  const bool known = trace::internal::current_thread_log != nullptr;
  WakeQueue* const queue = known ? ThreadState::Current().wake_queue() : nullptr;
  if (queue == nullptr) return wake(what, 1);
  for (Entry& entry : std::span(queue->entries_).first(queue->count_)) {
    if (entry.wake != wake || entry.what != what) continue;
    ++entry.times;
    return;
  }
  if (queue->count_ == queue->entries_.size()) return wake(what, 1);
  queue->entries_[queue->count_++] = {wake, what, 1};
}

}  // namespace lockscope::sync
