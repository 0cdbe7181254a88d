// Contention: how often, and for how long, threads waited for each lock at each place of the source that asks for it.
// Any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

// One lock at one place. A wait counts at the place that asked for the lock; so does the hold that it led to.
struct Contention {
  ObjectId lock = kNoObject;
  SiteId site = kUnknownSite;
  uint64_t holds = 0;  // Acquisitions.
  uint64_t waits = 0;  // Of those that had to wait, granted or not.
  // Nanoseconds. A wait or hold that the recording does not end lasts to its end.
  int64_t wait_sum_ns = 0;
  int64_t wait_max_ns = 0;
  int64_t wait_p50_ns = 0;  // Nearest rank: half of the waits were not longer than this,
  int64_t wait_p95_ns = 0;  // so many of a hundred,
  int64_t wait_p99_ns = 0;
  int64_t longest_hold_ns = 0;
};

// The most waiting first; where nobody waited, the longest hold. O(n log n).
std::vector<Contention> FindContention(const Timeline& timeline);

}  // namespace lockscope::analysis
