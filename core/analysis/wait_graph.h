// The wait-for graph of a recording at one step: which thread waits for which lock, and which thread holds that lock.
// A thread that waits for another one's end waits for that thread. A thread waits for one thing at a time, so each has
// at most one edge, and a circle of edges is a deadlock. Any thread.
#pragma once

#include <cstddef>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

struct WaitEdge {
  ObjectId waiter = kNoObject;
  ObjectId lock = kNoObject;  // kNoObject: waits for the end of `holder`.
  // kNoObject: nobody holds the lock at this step. Where a recording has only contended acquisitions and the hold is none of
  // them: the thread that held it when the wait began.
  ObjectId holder = kNoObject;
  int32_t wait = -1;  // Index into waits(), or -1 for a join.
  int32_t hold = -1;  // Index into holds(): the holder's, or -1.
};

struct WaitGraph {
  std::vector<WaitEdge> edges;  // In order of the waiters' creation.
  // Circles, each as indices into edges: the holder of one edge is the waiter of the next, and the last one's holder
  // the first one's waiter. Each begins with its oldest thread. More than one only if they have no thread in common.
  std::vector<std::vector<size_t>> circles;

  const WaitEdge* EdgeOf(ObjectId waiter) const;  // Null for a thread that does not wait.
};

// O(threads * log(events)).
WaitGraph WaitGraphAt(const Timeline& timeline, size_t step);

}  // namespace lockscope::analysis
