#include "core/export/perfetto_tracks.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/phrases.h"

namespace lockscope::export_ {

using trace::Trace;

PerfettoTracks::PerfettoTracks(const analysis::Timeline& timeline, PerfettoPackets& packets)
    : timeline_(timeline), packets_(packets) {
  const Trace& trace = timeline.trace();
  const std::string title(trace.Meta("title"));
  process_ = packets.AddTrack(
      {.kind = TrackShape::Kind::kProcess, .name = title.empty() ? "A recording without a title" : title});
  int32_t rank = 0;
  for (const ObjectId thread : trace.threads()) {
    threads_.push_back(packets.AddTrack({.kind = TrackShape::Kind::kThread,
                                         .name = analysis::ThreadName(trace, thread),
                                         .thread = thread,
                                         .rank = rank++}));
  }
  const size_t objects = trace.objects().size() + 1;
  locks_.resize(objects, 0);
  class_of_.resize(objects, 0);
  waits_.resize(objects);
  for (const ObjectId lock : timeline.locks()) {
    const std::string& name = trace.object(lock).lock_class;
    const auto found = std::find(classes_.begin(), classes_.end(), name);
    class_of_[lock] = static_cast<uint32_t>(found - classes_.begin());
    if (found == classes_.end()) classes_.push_back(name);
  }
}

TrackId PerfettoTracks::LockGroup() {
  if (lock_group_ == 0) lock_group_ = packets_.AddTrack({.parent = process_, .name = "locks"});
  return lock_group_;
}

TrackId PerfettoTracks::QueueGroup() {
  if (queue_group_ == 0) queue_group_ = packets_.AddTrack({.parent = process_, .name = "queues", .rank = 1});
  return queue_group_;
}

TrackId PerfettoTracks::OfLock(ObjectId lock) {
  if (locks_[lock] == 0) {
    locks_[lock] = packets_.AddTrack({.parent = LockGroup(),
                                      .name = analysis::LockPhrase(timeline_.trace(), lock),
                                      .rank = static_cast<int32_t>(lock)});
  }
  return locks_[lock];
}

std::string PerfettoTracks::QueueName(Queue queue, ObjectId object) const {
  const Trace& trace = timeline_.trace();
  switch (queue) {
    case Queue::kDx:
      return fmt::format("{}'s dx (calls waiting)", analysis::ObjectPhrase(trace, object));
    case Queue::kTx:
      return fmt::format("{}'s tx (replies and events waiting)", analysis::ObjectPhrase(trace, object));
    case Queue::kWaiters:
      return fmt::format("threads that wait for {}", analysis::LockPhrase(trace, object));
    case Queue::kBusyWorkers:
      return "workers busy";
    case Queue::kIdleWorkers:
      return "workers idle";
  }
  return "";
}

TrackId PerfettoTracks::OfQueue(Queue queue, ObjectId object) {
  TrackId& track = queues_[uint64_t{object} << 8 | static_cast<uint64_t>(queue)];
  if (track == 0) {
    track = packets_.AddTrack({.kind = TrackShape::Kind::kCounter,
                               .parent = QueueGroup(),
                               .name = QueueName(queue, object),
                               .rank = static_cast<int32_t>(object)});
  }
  return track;
}

uint64_t PerfettoTracks::HoldKey(size_t thread_index, ObjectId lock) const {
  return uint64_t{thread_index} << 32 | ClassOf(lock);
}

TrackId PerfettoTracks::BeginHold(size_t thread_index, ObjectId lock) {
  const std::string& name = classes_[ClassOf(lock)];
  return Begin(holds_[HoldKey(thread_index, lock)], threads_[thread_index], name.empty() ? "holds" : "holds: " + name,
               static_cast<int32_t>(ClassOf(lock)));
}

void PerfettoTracks::EndHold(size_t thread_index, ObjectId lock, TrackId track) {
  End(holds_[HoldKey(thread_index, lock)], track);
}

TrackId PerfettoTracks::BeginWait(ObjectId lock) {
  const TrackId parent = OfLock(lock);
  return Begin(waits_[lock], parent, "wait for " + analysis::LockPhrase(timeline_.trace(), lock), 0);
}

void PerfettoTracks::EndWait(ObjectId lock, TrackId track) { End(waits_[lock], track); }

TrackId PerfettoTracks::Begin(Rows& rows, TrackId parent, const std::string& name, int32_t rank) {
  const auto free = std::find(rows.open.begin(), rows.open.end(), false);
  const auto row = free - rows.open.begin();
  if (free != rows.open.end()) {
    *free = true;
    return rows.tracks[static_cast<size_t>(row)];
  }
  rows.open.push_back(true);
  rows.tracks.push_back(packets_.AddTrack(
      {.parent = parent, .name = row == 0 ? name : fmt::format("{} ({})", name, row + 1), .rank = rank}));
  return rows.tracks.back();
}

void PerfettoTracks::End(Rows& rows, TrackId track) {
  const auto row = std::find(rows.tracks.begin(), rows.tracks.end(), track) - rows.tracks.begin();
  rows.open[static_cast<size_t>(row)] = false;
}

}  // namespace lockscope::export_
