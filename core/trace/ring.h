// Ring: the writer's view of the live buffers. A shared mapping of a file, which grows by segments; each is cut into chunks
// that are handed to threads, written out and handed over again.
//
// Its pages are there before anybody writes to them (a fresh page costs a thread more than the events on it), and a full
// file system is an error here, never a SIGBUS at a later store.
//
// What makes a slot's event a new one, in a chunk that had events before: chunks are zeroed before they are handed over
// again, by whoever wrote them out, and the lap in the chunk's header is odd meanwhile. A bit of each event that told the laps
// apart would save the zeroing, but it would have to be added on the path that records, and taken off on each that reads; the
// zeroing brings the chunk into the cache where its next writer is the one who zeroes it.
//
// Grow: one thread at a time. The static ones: whoever owns the chunk.
#pragma once

#include <memory>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/trace/live_chunk.h"
#include "core/trace/live_format.h"
#include "core/trace/ring_file.h"

namespace lockscope::trace {

class Ring {
 public:
  static constexpr size_t kFirstBytes = sizeof(format::RingHeader) + 2 * format::kSegmentBytes;

  // The file has kFirstBytes. `limit_bytes`: of the whole file. The header has no magic yet.
  static Result<std::unique_ptr<Ring>> Map(RingFile file, uint64_t limit_bytes);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  format::RingHeader& header() const { return *header_; }
  const RingFile& file() const { return file_; }
  // From here on readers take it for a ring.
  void Publish();

  // The chunks of one more segment, none where the limit is reached or the memory is not there.
  std::vector<LiveChunk> Grow(format::ChunkSize size);

  // Makes it the chunk of a thread (or of the journal).
  static void HandOver(const LiveChunk& chunk, format::ChunkKind kind, ObjectId thread, uint64_t first);
  // Its content has been written out, or is to be forgotten. Afterwards it is all zero.
  static void Clear(const LiveChunk& chunk);
  // How many events are complete in it.
  static size_t CountEvents(const LiveChunk& chunk);

  // Removes the file. The mapping stays.
  void Unlink();
  // In a forked child: the lock on the file is the parent's.
  void GiveUpLock() { file_.lock.reset(); }

 private:
  Ring(RingFile file, uint64_t limit_bytes) : file_(std::move(file)), limit_bytes_(limit_bytes) {}
  std::byte* MapPart(uint64_t from, size_t bytes);

  struct Part {
    std::byte* at;
    size_t bytes;
  };
  RingFile file_;
  const uint64_t limit_bytes_;
  format::RingHeader* header_ = nullptr;
  uint64_t allocated_ = kFirstBytes;
  std::vector<Part> parts_;
};

}  // namespace lockscope::trace
