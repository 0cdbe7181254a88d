// The bytes of a trace file; core/trace/FORMAT.md says what they mean. Little-endian, like the machines it is written on.
#pragma once

#include <bit>
#include <cstdint>

namespace lockscope::trace::format {

static_assert(std::endian::native == std::endian::little, "trace files are written as they lie in memory");

// Not text (first byte), torn by a transfer that rewrites line ends (the middle), ended for a terminal (the last).
inline constexpr unsigned char kMagic[8] = {0x89, 'L', 'S', 'C', 'P', '\r', '\n', 0x1a};
inline constexpr uint32_t kVersion = 1;

enum class State : uint32_t {
  kLive = 1,       // Being written, or left behind by a program that was killed: chunks and a journal.
  kFinished = 2,   // Compact, checksummed, ids dense.
  kRecovered = 3,  // The same form, of a recording that its program never finished.
};

struct FileHeader {
  unsigned char magic[8];
  uint32_t version;
  uint32_t header_bytes;  // sizeof(FileHeader): the first section begins there.
  uint32_t state;
  uint32_t reserved;
  uint64_t ticks_per_second;
  uint64_t dropped_events;
  uint64_t file_bytes;  // The file's whole length. Live: 0.
  // Live only: both clocks when the recording began and when they were last looked at. Else 0.
  uint64_t first_ticks;
  int64_t first_ns;
  uint64_t last_ticks;
  int64_t last_ns;
  uint64_t pad[5];
  uint64_t checksum;  // Of the bytes before it. Live: 0.
};
static_assert(sizeof(FileHeader) == 128);

// An unknown type is skipped. kEnd, which is also what unwritten bytes read as, ends the file's sections.
enum class SectionType : uint32_t {
  kEnd = 0,
  kMeta = 1,
  kKinds = 2,
  kObjects = 3,
  kSites = 4,
  kEvents = 5,
  kJournal = 6,  // Live only.
  kPadding = 7,  // Live only.
};

struct SectionHeader {
  uint32_t type;
  uint32_t id;              // kEvents: the thread's object id. Else 0.
  uint64_t capacity_bytes;  // From the end of this header to the next; a multiple of 16.
  uint64_t size_bytes;      // Of these, used. Live kEvents and kJournal: 0, their end is found by reading.
  uint64_t checksum;        // Of the 24 bytes before it and of the used bytes. Live: 0.
};
static_assert(sizeof(SectionHeader) == 32);

// A record of a live journal: {u32 bytes, u32 type, payload}, the length in bytes with this head and padding to 8,
// written last; 0 is the journal's end. Its payload is one entry as in the finished section of the same number, and an
// object or a site is preceded by its id (u32).
struct JournalHead {
  uint32_t record_bytes;
  uint32_t type;  // SectionType::kMeta, kObjects or kSites.
};

}  // namespace lockscope::trace::format
