// The bytes of a trace file; core/trace/FORMAT.md says what they mean. Little-endian, like the machines it is written on.
#pragma once

#include <bit>
#include <cstdint>

namespace lockscope::trace::format {

static_assert(std::endian::native == std::endian::little, "trace files are written as they lie in memory");

// Not text (first byte), torn by a transfer that rewrites line ends (the middle), ended for a terminal (the last).
inline constexpr unsigned char kMagic[8] = {0x89, 'L', 'S', 'C', 'P', '\r', '\n', 0x1a};
inline constexpr uint32_t kVersion = 2;        // What this program writes.
inline constexpr uint32_t kOldestVersion = 1;  // What it still reads: finished files had one section a thread.

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
  kEvents = 5,  // Version 1.
  kThreads = 16,
  kBlock = 17,
};

struct SectionHeader {
  uint32_t type;
  uint32_t id;              // kEvents: the thread's object id. kBlock: its number, from 0. Else 0.
  uint64_t capacity_bytes;  // From the end of this header to the next; a multiple of 16.
  uint64_t size_bytes;      // Of these, used.
  uint64_t checksum;        // Of the 24 bytes before it and of the used bytes. Live: 0.
};
static_assert(sizeof(SectionHeader) == 32);

// An entry of kThreads: a thread and how many events it has.
struct ThreadEntry {
  uint32_t thread;
  uint32_t reserved;
  uint64_t events;
};
static_assert(sizeof(ThreadEntry) == 16);

// How a block's events are written.
enum class BlockForm : uint32_t {
  kPlain = 1,   // As in memory, and then each one's thread.
  kPacked = 2,  // As differences from what was to be expected, in planes.
};

// A block holds at most so many events, and at most so many for each of its bytes: what a reader has to allocate is
// bounded by the file's length, however well a block compresses. A writer fills up with zeros where it compresses better.
inline constexpr uint32_t kMostBlockEvents = 1u << 16;
inline constexpr uint32_t kMostEventsPerByte = 4;

struct BlockHeader {
  uint32_t events;
  uint32_t form;  // BlockForm
};

// Behind a packed block's header. Planes follow one another behind it, each compressed with zstd where its stored length
// is not its length.
enum class Plane : uint32_t {
  kTokens,      // One an event: see the bits below.
  kTimeLow,     // One an event: the lowest byte of the time difference.
  kTimeSecond,  // The next one, where there is one.
  kTimeRest,    // One more, or six.
  kFacts,       // Where not the one that was foretold, its place in the list: the lower byte.
  kFactsHigh,   // The upper byte. Only where the list has more than 256.
  kArgs,        // Variable length: by how much the argument is not what was foretold.
  kThreads,     // Where neither of the last two, its place in the list: one byte, or two where that has more than 256.
  kFactList,    // FactEntry each: what the events of this block say.
  kThreadList,  // u32 each: the threads of this block, as places in the section kThreads.
};
inline constexpr uint32_t kPlanes = 10;

struct PackedHeader {
  uint64_t first_ticks;
  uint32_t facts;
  uint16_t threads;          // Less one.
  uint16_t time_per_thread;  // 1: a time difference is to the event before of the same thread. 0: of any.
  struct {
    uint32_t bytes;
    uint32_t stored_bytes;
  } planes[kPlanes];
};
static_assert(sizeof(PackedHeader) == 96);

struct FactEntry {
  uint32_t object_and_kind;  // As in the lower half of an event's word 1.
  uint16_t site;
  uint16_t slot;  // Which memory foretells the argument.
};
static_assert(sizeof(FactEntry) == 8);

inline constexpr uint8_t kTokenTimeBytes = 3;  // 0: 1 byte, 1: 2, 2: 3, 3: 8.
inline constexpr uint8_t kTokenTimeBack = 4;   // The time difference is negative.
inline constexpr uint8_t kTokenFact = 8;  // The fact is foretold where that failed the last time, or not where it held.
inline constexpr uint8_t kTokenArg = 16;  // The argument's difference is in its plane.
inline constexpr uint8_t kTokenSwitch = 32;  // The thread of the last switch goes on …
inline constexpr uint8_t kTokenThread = 64;  // … or the one that is in its plane.

}  // namespace lockscope::trace::format
