#include "core/sched/lock_queues.h"

#include <algorithm>

namespace lockscope::sched {

void LockQueues::MakeRoom(uint32_t count) {
  constexpr size_t kUsual = 8;
  came_.reserve(kUsual);
  came_.resize(count);
  for (Queue& queue : queues_) queue.waiting_.MakeRoom(count);
}

void LockQueues::Grow() { queues_.emplace_back().waiting_.MakeRoom(static_cast<uint32_t>(came_.size())); }

bool LockQueues::LookAgain(Queue& queue) const {
  uint64_t first = queue.passes_;
  for (uint32_t k = 0; k < queue.waiting_.size(); ++k) first = std::min(first, came_[queue.waiting_.Nth(k)]);
  queue.look_again_ = first + max_passed_over_ + 1;
  return queue.passes_ < queue.look_again_;
}

}  // namespace lockscope::sched
