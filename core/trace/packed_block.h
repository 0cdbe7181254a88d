// PackedBlock: some thousand events in a few bytes each, and back (core/trace/FORMAT.md, "A packed block").
//
// A program does the same things again and again: what an event says (kind, object, call site) mostly follows what its
// thread said before, a lock's number follows its last one, and the time is a little later. So an event is a byte that
// says how far this holds, the time difference, and whatever could not be foretold; each of these goes into a plane of its
// own, where zstd finds it easy. A block needs nothing but itself and the table of threads. One thread each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/trace/event.h"
#include "core/trace/file_format.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace lockscope::trace {

class PackedBlockWriter {
 public:
  // Without zstd the bytes depend on the events alone, not on the library's version.
  explicit PackedBlockWriter(bool with_zstd);

  // Appends a block (BlockHeader and all): 1 to kMostBlockEvents events, and whose each is.
  void Append(std::span<const Event> events, std::span<const uint32_t> logs, std::vector<std::byte>& out);

 private:
  using Bytes = std::vector<std::byte>;
  void ListFactsAndThreads(std::span<const Event> events, std::span<const uint32_t> logs);
  void FillPlanes(std::span<const Event> events, bool time_per_thread);
  Bytes& plane(format::Plane which) { return planes_[static_cast<size_t>(which)]; }

  const std::unique_ptr<ZSTD_CCtx_s, size_t (*)(ZSTD_CCtx_s*)> zstd_;  // Null without.
  Bytes planes_[format::kPlanes];
  Bytes compressed_;
  // Of the current block, by event: its fact's place in the list, and its thread's.
  std::vector<uint16_t> fact_of_, thread_of_;
  std::vector<format::FactEntry> facts_;
  std::vector<uint32_t> threads_;
};

class PackedBlockReader {
 public:
  // `payload` begins behind the BlockHeader, which says how many events there are. Whatever stands in it, nothing is read or
  // written outside: the error says what is wrong with it.
  Result<void> Read(std::span<const std::byte> payload, std::span<Event> events, std::span<uint32_t> logs);

 private:
  // Room behind each plane, so that it may be read a word at a time.
  static constexpr size_t kSlack = 8;
  Result<void> ReadPlanes(const format::PackedHeader& header, std::span<const std::byte> payload, size_t events);
  Result<void> CheckTokens(const format::PackedHeader& header);
  template <typename ThreadPlace, bool kManyFacts>
  Result<void> Decode(const format::PackedHeader& header, std::span<Event> events, std::span<uint32_t> logs);
  std::span<const std::byte> plane(format::Plane which) const {
    return std::span(planes_[static_cast<size_t>(which)]).first(sizes_[static_cast<size_t>(which)]);
  }

  std::unique_ptr<ZSTD_DCtx_s, size_t (*)(ZSTD_DCtx_s*)> zstd_{nullptr, nullptr};  // Made when a plane needs it.
  std::vector<std::byte> planes_[format::kPlanes];
  size_t sizes_[format::kPlanes] = {};
  // By a fact's place: what it is, which fact came after it the last time (and whether that had not been foretold), and
  // where its last argument is.
  struct alignas(16) Fact {
    uint32_t object_and_kind = 0;
    uint16_t site = 0;
    uint16_t slot = 0;
    uint32_t next = 0;  // Plus kSurprising.
    uint32_t step = 0;  // By how much its argument grows each time.
  };
  static constexpr uint32_t kSurprising = 1 << 16;
  std::vector<Fact> facts_;
  std::vector<uint32_t> last_args_;
  struct Thread {
    uint64_t ticks = 0;
    uint32_t last_fact = 0;
    uint32_t log = 0;
  };
  std::vector<Thread> threads_;
};

}  // namespace lockscope::trace
