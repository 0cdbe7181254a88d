// The bytes of a recording that is being made: OUT while it is live, and the ring that belongs to it.
// core/trace/LIVE_FORMAT.md says what they mean and in which order they are written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/trace/file_format.h"

namespace lockscope::trace::format {

// The sections of OUT while it is live. Their numbers lie far from those of the finished form.
enum class LiveSection : uint32_t {
  kEnd = 0,
  kRing = 32,    // Which ring belongs to this file: a RingName, then its path.
  kPiece = 33,   // A stretch of one thread's events: a Piece, then the events. The section's id is the thread.
  kNames = 34,   // A stretch of the journal of names: a Piece, then the records.
  kClosed = 35,  // Nothing is left in the ring: a Closing.
};
// Sections begin at multiples of this, so that a header never lies across two pages of the file.
inline constexpr size_t kLiveAlignment = 32;

struct RingName {
  uint64_t ring_id;
  uint32_t path_bytes;
  uint32_t reserved;
};

struct Piece {
  uint64_t first;       // How many events the thread had before (bytes, of the journal). Lost ones count.
  uint64_t lost_after;  // Events that the thread lost behind this piece.
};

struct Closing {
  uint64_t ticks_per_second;
  uint64_t lost_events;
};

// The ring: its header, then segments of one size, each cut into chunks of one size.
inline constexpr unsigned char kRingMagic[8] = {0x89, 'L', 'S', 'R', 'G', '\r', '\n', 0x1a};
inline constexpr uint32_t kRingVersion = 1;
inline constexpr size_t kRingPage = 4096;
inline constexpr size_t kSegmentBytes = 255 * kRingPage;
inline constexpr size_t kMaxSegments = 2048;
// 255 small chunks to a segment, or 15 large ones.
enum class ChunkSize : uint8_t { kSmall = 1, kLarge = 2 };
constexpr size_t ChunkBytes(ChunkSize size) { return size == ChunkSize::kSmall ? kRingPage : 17 * kRingPage; }

struct RingHeader {
  unsigned char magic[8];
  uint32_t version;
  uint32_t header_bytes;  // sizeof(RingHeader): the first segment begins there.
  uint64_t ring_id;       // That which OUT names.
  uint32_t pid;           // Of the writer, for people. Whether it lives is said by its lock on the file.
  uint32_t ticks_are_tsc;
  uint32_t virtual_time;
  uint32_t ended;          // Not 0: nothing more will come.
  uint64_t segment_count;  // Counted when the segment is there.
  uint64_t ticks_per_second;
  uint64_t first_ticks;  // Both clocks when the recording began and when they were last looked at.
  int64_t first_ns;
  uint64_t last_ticks;
  int64_t last_ns;
  int64_t began_ns;                    // CLOCK_MONOTONIC, also where the recording's time is virtual.
  uint64_t lost_events;                // Of threads that never had a chunk.
  uint8_t segment_size[kMaxSegments];  // A ChunkSize each.
  uint8_t pad[1944];
  char out[4096];  // The path of OUT, absolute, ended by a 0.
};
static_assert(sizeof(RingHeader) == 2 * kRingPage);

enum class ChunkKind : uint32_t { kFree = 0, kEvents = 1, kNames = 2 };

struct ChunkHeader {
  uint32_t lap;     // Counts the hand-overs of this piece of memory, by twos. Odd: what lies in it means nothing.
  uint32_t kind;    // A ChunkKind.
  uint32_t thread;  // Of events.
  uint32_t reserved;
  uint64_t first;       // As in Piece.
  uint64_t lost_after;  // As in Piece.
  uint64_t pad[4];
};
static_assert(sizeof(ChunkHeader) == 64);

// A record of the journal of names: this head, a payload, padding to 8. The length is written last; 0 ends the journal. The
// payload is one entry as in the finished section of that type; that of an object or a site is preceded by its id (u32).
struct NameHead {
  uint32_t record_bytes;  // With this head and the padding.
  uint32_t type;          // SectionType::kMeta, kObjects or kSites.
};

}  // namespace lockscope::trace::format
