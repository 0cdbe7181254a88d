// LockQueues: who waits for which lock in a controlled run, and how often each was passed over.
//
// No order among those who wait: when the lock is let go all of them can go on, and the first one that does takes it. A lock
// has a queue as long as somebody waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/sched/thread_set.h"

namespace lockscope::sync {
class Mutex;
}  // namespace lockscope::sync

namespace lockscope::sched {

class LockQueues {
 public:
  class Queue {
   public:
    const ThreadSet& waiting() const { return waiting_; }

   private:
    friend class LockQueues;
    const sync::Mutex* mutex_ = nullptr;
    ThreadSet waiting_;
    uint64_t passes_ = 0;      // So often one took the lock while others waited.
    uint64_t look_again_ = 0;  // Before so many nobody has been passed over too often.
  };

  // More than `max_passed_over` times nobody may be passed over. `memory` outlives it.
  LockQueues(uint64_t max_passed_over, std::pmr::memory_resource& memory)
      : max_passed_over_(max_passed_over), queues_(&memory), came_(&memory) {}

  // Threads below `count` may wait.
  void MakeRoom(uint32_t count);

  bool empty() const { return used_ == 0; }
  // Null where nobody waits for it. Good until the next Join or Leave.
  Queue* Find(const sync::Mutex& mutex) {
    for (Queue& queue : std::span(queues_.data(), used_)) {
      if (queue.mutex_ == &mutex) return &queue;
    }
    return nullptr;
  }
  // A thread in no queue.
  void Join(const sync::Mutex& mutex, uint32_t thread) {
    Queue* queue = Find(mutex);
    if (queue == nullptr) queue = &NewQueue(mutex);
    queue->waiting_.Add(thread);
    came_[thread] = queue->passes_;
  }
  // One that is in this mutex's.
  void Leave(const sync::Mutex& mutex, uint32_t thread) {
    Queue* const queue = Find(mutex);
    LS_CHECK(queue != nullptr && queue->waiting_.Has(thread), "thread {} leaves a queue that it is not in", thread);
    queue->waiting_.Remove(thread);
    if (queue->waiting_.empty()) Drop(*queue);
  }
  // One thread takes the lock, and those in the queue still wait. False: for one of them that was once too often.
  bool PassOver(Queue& queue) { return ++queue.passes_ < queue.look_again_ || LookAgain(queue); }

 private:
  Queue& NewQueue(const sync::Mutex& mutex) {
    if (used_ == queues_.size()) [[unlikely]]
      Grow();
    Queue& queue = queues_[used_++];
    queue.mutex_ = &mutex;
    queue.passes_ = 0;
    queue.look_again_ = max_passed_over_ + 1;
    return queue;
  }
  void Drop(Queue& queue) {
    Queue& last = queues_[--used_];
    if (&queue != &last) std::swap(queue, last);
  }
  void Grow();
  bool LookAgain(Queue& queue) const;

  const uint64_t max_passed_over_;
  std::pmr::vector<Queue> queues_;  // The first used_ of them; the others are kept for their memory.
  size_t used_ = 0;
  std::pmr::vector<uint64_t> came_;  // Of each thread: the passes_ of its queue when it came.
};

}  // namespace lockscope::sched
