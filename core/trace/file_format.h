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
  kLive = 1,       // Being written, or left behind by a program that was killed: see live_format.h.
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
  uint64_t pad[9];
  uint64_t checksum;  // Of the bytes before it. Live: 0.
};
static_assert(sizeof(FileHeader) == 128);

// An unknown type is skipped. 6 and 7 were used once; a live file's types are in live_format.h.
enum class SectionType : uint32_t {
  kEnd = 0,  // What unwritten bytes read as.
  kMeta = 1,
  kKinds = 2,
  kObjects = 3,
  kSites = 4,
  kEvents = 5,
};

struct SectionHeader {
  uint32_t type;
  uint32_t id;              // kEvents: the thread's object id. Else 0.
  uint64_t capacity_bytes;  // From the end of this header to the next; a multiple of 16.
  uint64_t size_bytes;      // Of these, used.
  uint64_t checksum;        // Of the 24 bytes before it and of the used bytes. Live: 0.
};
static_assert(sizeof(SectionHeader) == 32);

}  // namespace lockscope::trace::format
