// PutInOrder: from one log a thread to one order of all events.
//
// Time stamps alone are not an order: those of two cores contradict the true order of a hand-over by some tens of
// nanoseconds, often. Two things are exact: each thread's own log, and each lock's sequence numbers, which were counted
// while the lock was held. So this is a merge by time in which a lock's acquisition is held back until the hold before
// it has been released. O(n log t) for n events of t threads, and a sort of the acquisitions. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

struct OrderProof {
  uint64_t holds = 0;              // Acquisitions that were put after the release of the hold before them.
  uint64_t clock_error_ticks = 0;  // The worst by which an acquisition's stamp lies before that release's.
};

// Calls `emit(index of the log, event)` for every event, in order. Fails where a lock's sequence number repeats, or where
// the logs contradict the sequence numbers.
Result<OrderProof> PutInOrder(std::span<const TraceParts::ThreadEvents> logs,
                              const std::function<void(uint32_t, const Event&)>& emit);

}  // namespace lockscope::trace
