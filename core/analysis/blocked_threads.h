// Which threads of a daemon are blocked at a step, and what each waits for in the words of a scenario's `expect`. It
// says where they stand, not whether they stay there: that is for the caller to know. Any thread.
//
// Client programs are not of the daemon. The leader is left out while it waits for the event loop's end: that is all it
// ever does.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

struct BlockedThread {
  ObjectId thread = kNoObject;
  std::string thread_name;  // As a scenario calls it: "loop", "leader", "worker-1".
  // "server", "client alice", "loop", "driver"; "condition job"; "end of worker-1"; "poll".
  std::string waits_for;
  std::string text;  // One sentence.
};

enum class Blocked : uint8_t {
  kInCircles,  // On a circle of waits, or waiting behind one.
  kOnLocks,    // Waiting for a lock.
  kAtAll,      // For a lock, a condition, the end of a thread, or in poll.
};
std::vector<BlockedThread> BlockedThreadsAt(const Timeline& timeline, size_t step, Blocked which);

// How a scenario calls a thread: "loop" and "leader" for the only one with that role, else its name.
std::string ScenarioName(const Timeline& timeline, ObjectId thread);

}  // namespace lockscope::analysis
