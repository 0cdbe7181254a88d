#include "core/sched/lock_queues.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace lockscope::sched {

void LockQueues::MakeRoom(uint32_t count) {
  constexpr size_t kUsual = 8;
  came_.reserve(kUsual);
  came_.resize(count);
  for (Queue& queue : queues_) queue.waiting_.MakeRoom(count);
}

void LockQueues::Join(const sync::Mutex& mutex, uint32_t thread) {
  Queue* queue = Find(mutex);
  if (queue == nullptr) {
    if (used_ == queues_.size()) queues_.emplace_back().waiting_.MakeRoom(static_cast<uint32_t>(came_.size()));
    queue = &queues_[used_++];
    queue->mutex_ = &mutex;
    queue->passes_ = 0;
    queue->look_again_ = max_passed_over_ + 1;
  }
  queue->waiting_.Set(thread, true);
  came_[thread] = queue->passes_;
}

void LockQueues::Leave(const sync::Mutex& mutex, uint32_t thread) {
  Queue* const queue = Find(mutex);
  LS_CHECK(queue != nullptr && queue->waiting_.Has(thread), "thread {} leaves a queue that it is not in", thread);
  queue->waiting_.Set(thread, false);
  if (queue->waiting_.empty()) std::swap(*queue, queues_[--used_]);
}

bool LockQueues::LookAgain(Queue& queue) const {
  uint64_t first = queue.passes_;
  for (uint32_t k = 0; k < queue.waiting_.size(); ++k) first = std::min(first, came_[queue.waiting_.Nth(k)]);
  queue.look_again_ = first + max_passed_over_ + 1;
  return queue.passes_ < queue.look_again_;
}

}  // namespace lockscope::sched
