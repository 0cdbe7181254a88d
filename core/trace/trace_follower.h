// TraceFollower: reads a recording while it is being made, or what is left of one whose program was killed: OUT and the ring
// that belongs to it (core/trace/LIVE_FORMAT.md). Needs nothing of the writer but what it publishes anyway: a recording that
// nobody follows costs the same. Any process; one thread.
//
//   Result<TraceFollower> follower = TraceFollower::Open("run.lockscope");
//   do {
//     news = follower->Poll();          everything that is new since the last time; may be nothing
//   } while (news->writer == TraceFollower::Writer::kRecording);
//
// Ids are those of the process that records (they become dense when the recording is finished). Events of one thread come in
// its own order and each once; threads among themselves are at most as far apart as their clocks. Lost events come as one
// event events_lost in their place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/trace/live_format.h"
#include "core/trace/ring_file.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class TraceFollower {
 public:
  enum class Writer {
    kRecording,
    kEnded,  // It has stopped: these are the last news.
    kGone,   // Its process was killed, or became another program: likewise.
  };
  struct News {
    Writer writer = Writer::kRecording;
    std::vector<std::pair<std::string, std::string>> meta;
    std::vector<std::pair<ObjectId, Object>> objects;
    std::vector<std::pair<SiteId, Site>> sites;
    std::vector<TraceParts::ThreadEvents> threads;  // Those with new events, by id.
    uint64_t lost_events = 0;                       // So far, in all.
    uint64_t ticks_per_second = 0;                  // As known by now.
  };

  // Fails where the file is not there or is no recording under way.
  static Result<TraceFollower> Open(const std::filesystem::path& path);
  // All of a recording whose writer has ended. Without a ring (not valid): what is in `out`.
  static Result<TraceParts> ReadAll(unique_fd out, unique_fd ring, std::string name);

  // Fails where what is there is no recording (any more).
  Result<News> Poll();
  // The first poll, as the parts of a trace.
  Result<TraceParts> PollWhole();

  // Why there is no ring; empty where there is one, or nothing is missing.
  const std::string& missing_ring() const { return missing_ring_; }

 private:
  // A row of numbered things: a thread's events, or the bytes of the journal (kNoObject).
  struct Stretch {
    uint64_t first = 0;
    uint64_t lost_after = 0;
    std::vector<uint64_t> words;
  };
  struct Stream {
    uint64_t next = 0;        // The first number that was not handed out.
    uint64_t lost_after = 0;  // Of the last stretch.
    uint64_t last_ticks = 0;
    std::vector<Stretch> stretches;  // Found and not yet handed out, in no order.
  };

  TraceFollower(unique_fd out, unique_fd ring, std::string name);
  Writer LookAtWriter();
  Result<void> ScanRing();
  Result<void> ScanChunk(uint64_t at, size_t bytes);
  Result<void> ScanOut();
  Result<void> ReadPiece(uint64_t at, const format::SectionHeader& section);
  // False where it stopped before a gap that must be looked at once more.
  bool TakeEvents(ObjectId thread, Stream& stream, uint64_t cut_ticks, bool accept_gaps, bool last, News& news);
  Result<bool> TakeNames(bool accept_gaps, News& news);
  Result<void> TakeRecord(std::span<const std::byte> record, uint64_t at, News& news);
  tl::unexpected<Error> At(uint64_t offset, const std::string& what) const;
  tl::unexpected<Error> InRing(uint64_t offset, const std::string& what) const;
  static uint64_t UnitsIn(ObjectId stream, size_t words);

  unique_fd out_;
  unique_fd ring_;
  std::string name_;
  std::string missing_ring_;
  uint64_t out_at_ = sizeof(format::FileHeader);  // The next section.
  bool closed_ = false;
  bool is_over_ = false;         // Whoever asks knows that the writer has ended.
  uint64_t lost_ = 0;            // In gaps that were passed.
  uint64_t lost_elsewhere_ = 0;  // Of threads without a chunk.
  uint64_t ticks_per_second_ = 0;
  std::map<ObjectId, Stream> streams_;
};

}  // namespace lockscope::trace
