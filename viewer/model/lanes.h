// Lanes: which rows the timeline has, from top to bottom, and where each stands.
//
// Threads of the daemon, a heading, locks, then the client programs: folded to one line, or unfolded to a lane each.
// A pure function of the recording's content, the sizes and what is unfolded. Any thread.
#pragma once

#include <string>
#include <vector>

#include "viewer/model/lane_content.h"
#include "viewer/model/metrics.h"

namespace lockscope::viewer {

enum class LaneKind : uint8_t { kThread, kLock, kHeading, kClientPrograms };

struct Lane {
  LaneKind kind = LaneKind::kThread;
  ObjectId object = kNoObject;   // The thread or lock.
  size_t thread_index = 0;       // Of a thread, in trace().threads().
  std::string title;             // "worker-1"; of a lock its name.
  std::string note;              // "worker", "lock", "▸ click to unfold" …: quiet, after the title.
  float y = 0;                   // From the top of all lanes.
  float height = 0;              // Without the gap below it.
  int slots = 0;                 // Of a thread: rows of holds. Of a lock: rows of waiters.
  std::vector<int> shown_slots;  // Of a thread: which of its slots have these rows; empty: the first ones.
  int job_rows = 0;              // Of a client's lock: rows of calls that wait in dx.
};

struct LaneOptions {
  bool unfold_clients = false;
  // Not empty: only these threads and locks, and no headings (the README picture).
  std::vector<ObjectId> only;
  // With it: the columns that there are, in order. Slots of holds that none of them shows, or of other locks, have no
  // row.
  std::vector<uint32_t> only_columns;
  // At most so many rows of holds, of waiters and of calls in dx a lane.
  int most_slots = 100;
  int most_wait_rows = 100;
  int most_job_rows = 100;
};

struct Lanes {
  std::vector<Lane> lanes;
  float height = 0;
  Metrics metrics;

  const Lane* At(float y) const;            // Null between lanes.
  const Lane* Find(ObjectId object) const;  // Null where it has none.
};

Lanes LayOutLanes(const LaneContent& content, const Metrics& metrics, const LaneOptions& options = {});

// With sizes as roomy as fit into the height; with the densest where those do not fit either.
Lanes LayOutLanesWithin(const LaneContent& content, float scale, float height, const LaneOptions& options = {});

}  // namespace lockscope::viewer
