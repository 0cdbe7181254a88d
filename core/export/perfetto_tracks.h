// PerfettoTracks: which track an interval or a queue belongs to. A track is described in the file where it is used first.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/analysis/timeline.h"
#include "core/export/perfetto_packets.h"
#include "core/export/queue_lengths.h"

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

class PerfettoTracks {
 public:
  // Describes the process and its threads at once. Both must outlive it.
  PerfettoTracks(const analysis::Timeline& timeline, PerfettoPackets& packets);

  TrackId process() const { return process_; }
  TrackId OfThread(size_t thread_index) const { return threads_[thread_index]; }
  TrackId OfLock(ObjectId lock);
  TrackId OfQueue(Queue queue, ObjectId object);

  // For the hold, or the wait, that begins now: a track on which nothing is open. Given back when it ends.
  TrackId BeginHold(size_t thread_index, ObjectId lock);
  void EndHold(size_t thread_index, ObjectId lock, TrackId track);
  TrackId BeginWait(ObjectId lock);
  void EndWait(ObjectId lock, TrackId track);

 private:
  // Tracks with the same meaning, of which as many are open as intervals are.
  struct Rows {
    std::vector<TrackId> tracks;
    std::vector<bool> open;
  };
  TrackId Begin(Rows& rows, TrackId parent, const std::string& name, int32_t rank);
  static void End(Rows& rows, TrackId track);
  // The place of a lock's class among all.
  uint32_t ClassOf(ObjectId lock) const { return class_of_[lock]; }
  uint64_t HoldKey(size_t thread_index, ObjectId lock) const;
  TrackId LockGroup();
  TrackId QueueGroup();
  std::string QueueName(Queue queue, ObjectId object) const;

  const analysis::Timeline& timeline_;
  PerfettoPackets& packets_;
  TrackId process_ = 0;
  TrackId lock_group_ = 0;
  TrackId queue_group_ = 0;
  std::vector<TrackId> threads_;                  // By thread index.
  std::vector<TrackId> locks_;                    // By object id.
  std::vector<uint32_t> class_of_;                // By object id.
  std::vector<std::string> classes_;              // In order of the first lock of each.
  std::vector<Rows> waits_;                       // By object id.
  std::unordered_map<uint64_t, Rows> holds_;      // By thread and class; never iterated.
  std::unordered_map<uint64_t, TrackId> queues_;  // By queue and object; likewise.
};

}  // namespace lockscope::export_
