// Picture: what the README's picture is made of, chosen from a recording: one call, the two threads that hand it over,
// the two locks that they take for it, and only those events (about 25 of them) that tell its way.
//
// The best call for it is one whose worker had to wait for the client's lock while the event loop still held it: there
// the picture has a handoff and a wait in one. Pure function; any thread.
#pragma once

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "viewer/model/lane_content.h"

namespace lockscope::viewer {

struct Picture {
  uint32_t job = 0;               // Index into jobs().
  std::vector<ObjectId> lanes;    // Event loop, worker, server lock, client's lock.
  std::vector<uint32_t> columns;  // Steps, in order.
  size_t cursor = 0;              // The decisive event.
  analysis::Interval bright;      // Steps around it that are not dimmed: the handoff.
  int wait_rows = 0;              // Rows of waiters that are needed.
};

// `job_number` 0: the best one. Fails where the recording has no call from packet to reply, or not that one.
Result<Picture> ComposePicture(const LaneContent& content, uint32_t job_number);

}  // namespace lockscope::viewer
