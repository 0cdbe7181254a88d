#include "core/analysis/held_locks.h"

#include <algorithm>

namespace lockscope::analysis {

using trace::Event;
using trace::EventKind;

HeldLocks::HeldLocks(const Timeline& timeline)
    : timeline_(timeline),
      held_(timeline.trace().threads().size()),
      requested_(held_.size(), kNoObject),
      holder_(timeline.trace().objects().size() + 1, -1) {}

void HeldLocks::Remove(ObjectId lock) {
  if (holder_[lock] < 0) return;
  std::vector<uint32_t>& held = held_[static_cast<size_t>(holder_[lock])];
  std::erase_if(held, [&](uint32_t hold) { return timeline_.holds()[hold].lock == lock; });
  holder_[lock] = -1;
}

void HeldLocks::Apply(size_t step) {
  const Event& event = timeline_.trace().event(step);
  const size_t thread = timeline_.trace().ThreadIndex(step);
  switch (event.kind()) {
    case EventKind::kLockRequested:
      requested_[thread] = event.object();
      break;
    case EventKind::kLockAcquired:
      Remove(event.object());  // A release that was dropped.
      requested_[thread] = kNoObject;
      held_[thread].push_back(next_hold_++);
      holder_[event.object()] = static_cast<int64_t>(thread);
      break;
    case EventKind::kLockReleased:
      Remove(event.object());
      break;
    default:
      break;
  }
}

}  // namespace lockscope::analysis
