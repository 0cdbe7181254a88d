// HeldLocks: which locks each thread holds, kept up to date along a walk over a trace. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

class HeldLocks {
 public:
  explicit HeldLocks(const Timeline& timeline);

  // Indices into holds(), in order of acquisition. Before Apply(step): as the event at that step finds them.
  std::span<const uint32_t> Of(size_t thread_index) const { return held_[thread_index]; }
  // True for an acquisition that the thread has already asked for: one attempt, two events.
  bool IsAfterRequest(size_t thread_index, const trace::Event& event) const {
    return event.kind() == trace::EventKind::kLockAcquired && requested_[thread_index] == event.object();
  }

  // Call for each step once, in order.
  void Apply(size_t step);

 private:
  void Remove(ObjectId lock);

  const Timeline& timeline_;
  std::vector<std::vector<uint32_t>> held_;  // By thread index.
  std::vector<ObjectId> requested_;          // By thread index.
  std::vector<int64_t> holder_;              // By lock: a thread index, or -1.
  uint32_t next_hold_ = 0;                   // The n-th acquisition of a trace is the n-th hold of its timeline.
};

}  // namespace lockscope::analysis
