// A recording for Perfetto's viewer and its trace processor, in their own form (protobuf).
//
//   tracks       what they show
//   thread       what the thread does, in the words of our viewer (running is no slice); each event that neither begins
//                nor ends a slice, as an instant
//     holds …    below it, one for each class of lock: what it holds. Holds of a thread overlap without nesting (server,
//                client, drop server, drop client), which one track cannot show; a class has a second track where two of
//                its locks are held at once.
//   locks        a track a lock: who holds it; below it, who waits for it, as many tracks as threads wait at once
//   queues       counters: calls in each client's dx, replies and events in its tx, workers busy and idle, and threads
//                that wait for a lock
//
// Arrows (flows): a job from where it is queued to where it is taken, its reply from where it is queued to where it is
// written; a lock from the hold that ends to the hold of the thread that waited.
//
// Times are nanoseconds since the recording's zero. They never run backwards: where the clocks of two processors
// contradict the proven order of events, the later event has the earlier one's time. A hold or wait that the recording
// does not end has no end. Any thread; a stream belongs to one. Memory: what the timeline has, and little more.
#pragma once

#include <ostream>

#include "core/analysis/timeline.h"
#include "core/base/result.h"

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

// Fails where the stream does.
Result<void> ExportPerfetto(const analysis::Timeline& timeline, std::ostream& out);

}  // namespace lockscope::export_
