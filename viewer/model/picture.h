// Picture: what a picture for a page is made of, chosen from a recording. Of a run that ends in a deadlock it is the
// deadlock; of one that did not end well otherwise (a hang, a lost wake-up …) the decisive event, with those threads and
// locks that it is about; of any other one call: the two threads that hand it over, the two locks that they take for it,
// and only those events (about 25 of them) that tell its way.
//
// The best call for it is one whose worker had to wait for the client's lock while the event loop still held it: there
// the picture has a handoff and a wait in one. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analysis/rules.h"
#include "core/analysis/wait_graph.h"
#include "core/base/result.h"
#include "viewer/model/lane_content.h"

namespace lockscope::viewer {

struct Picture {
  std::string title;
  int64_t job = -1;               // Index into jobs(); -1: it is not of a call.
  std::vector<ObjectId> lanes;    // Event loop, worker, server lock, client's lock.
  std::vector<uint32_t> columns;  // Steps, in order.
  double tail = 0;                // Columns after the last event, for what stays as it is,
  bool for_good = false;          // from the cursor on.
  size_t cursor = 0;              // The decisive event.
  analysis::Interval bright;      // Steps around it that are not dimmed: the handoff, or the circle.
  int wait_rows = 0;              // Rows of waiters that are needed,
  int job_rows = 0;               // and of calls in dx.
  // Of what is said it is said at exactly the cursor's event; else at the end of its column.
  bool exact = false;
  // A deadlock's circle: who waits for whom. And what is said of it, or of another outcome; empty: what SentencesAt says
  // at the cursor.
  std::vector<analysis::WaitEdge> circle;
  std::vector<std::string> sentences;
};

// What somebody wants of a picture, in steps; what is not said is chosen. The cursor lies between the two ends.
struct PictureWish {
  std::optional<size_t> cursor;
  std::optional<size_t> from;
  std::optional<size_t> to;
};

// `job_number` 0: the deadlock if there is one, else another outcome, else the best call. Fails where the recording has
// none of them, or not that call from packet to reply.
//
// With a wish it is that same picture where it shows what is asked for, with the cursor or the part moved; else one of
// the moment at the cursor: its threads and locks, and who is blocked then. That one every recording has.
Result<Picture> ComposePicture(const LaneContent& content, uint32_t job_number, const PictureWish& wish = {});

// The deadlock alone: deadlock_picture.cc. Nothing where the recording does not end in a circle of waits.
std::optional<Picture> ComposeDeadlock(const LaneContent& content);

// What became of the run, as analysis::FindOutcome says: outcome_picture.cc. Nothing where that is clean.
std::optional<Picture> ComposeOutcome(const LaneContent& content);

// A picture as it was wished for: asked_picture.cc. `own`: the one without wishes, if there is one; it is kept to
// where `keep`.
Picture ComposeAsked(const LaneContent& content, const std::optional<Picture>& own, bool keep, const PictureWish& wish);

// For all. The last rule that one of these threads broke up to a step, in words; "": none did.
std::string BreachBefore(const analysis::RuleReport& report, const std::vector<ObjectId>& threads, size_t step);
// The server's lock, and a client's; kNoObject where the recording has none.
ObjectId ServerLock(const LaneContent& content);
ObjectId LockOf(const LaneContent& content, ObjectId client);

}  // namespace lockscope::viewer
