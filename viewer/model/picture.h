// Picture: what a picture for a page is made of, chosen from a recording. Of a run that ends in a deadlock it is the
// deadlock; of any other one call: the two threads that hand it over, the two locks that they take for it, and only
// those events (about 25 of them) that tell its way.
//
// The best call for it is one whose worker had to wait for the client's lock while the event loop still held it: there
// the picture has a handoff and a wait in one. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analysis/wait_graph.h"
#include "core/base/result.h"
#include "viewer/model/lane_content.h"

namespace lockscope::viewer {

struct Picture {
  std::string title;
  int64_t job = -1;               // Index into jobs(); -1: it is not of a call.
  std::vector<ObjectId> lanes;    // Event loop, worker, server lock, client's lock.
  std::vector<uint32_t> columns;  // Steps, in order.
  double tail = 0;                // Columns after the last event, for what stays as it is.
  size_t cursor = 0;              // The decisive event.
  analysis::Interval bright;      // Steps around it that are not dimmed: the handoff, or the circle.
  int wait_rows = 0;              // Rows of waiters that are needed.
  // A deadlock's circle: who waits for whom. And what is said of it; empty: what SentencesAt says at the cursor.
  std::vector<analysis::WaitEdge> circle;
  std::vector<std::string> sentences;
};

// `job_number` 0: the deadlock if there is one, else the best call. Fails where the recording has neither, or not that
// call from packet to reply.
Result<Picture> ComposePicture(const LaneContent& content, uint32_t job_number);

// The deadlock alone: deadlock_picture.cc. Nothing where the recording does not end in a circle of waits.
std::optional<Picture> ComposeDeadlock(const LaneContent& content);

}  // namespace lockscope::viewer
