// NameJournal: the writer's side of the journal of names (core/trace/LIVE_FORMAT.md), record by record into chunks of the ring.
//
// A reader may look at any moment: a record's length is written last, and a length of 0 is where the journal ends for now.
//
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/trace/live_chunk.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

// Whole records, with head and padding.
std::vector<std::byte> ObjectRecord(ObjectId id, const Object& object);
std::vector<std::byte> SiteRecord(SiteId id, const Site& site);
std::vector<std::byte> MetaRecord(std::string_view key, std::string_view value);

class NameJournal {
 public:
  struct Page {
    LiveChunk chunk;        // None: before the first one, and after TurnTo({}).
    size_t used_bytes = 0;  // Behind its header.
  };

  // Longer ones fit into no chunk.
  static constexpr size_t kLongestRecord =
      format::ChunkBytes(format::ChunkSize::kLarge) - sizeof(format::ChunkHeader) - sizeof(format::NameHead);
  static bool FitsIntoSmall(size_t record_bytes) {
    return record_bytes + sizeof(format::NameHead) + sizeof(format::ChunkHeader) <
           format::ChunkBytes(format::ChunkSize::kSmall);
  }

  // False where the page has no room for it, or there is none.
  bool Put(std::span<const std::byte> record);
  // The next record goes to the beginning of this chunk. Returns the page before it, which is full.
  Page TurnTo(const LiveChunk& next);
  // After TurnTo({}): a record that goes to no page. Returns where it stands: its first byte's number in the journal.
  uint64_t Skip(size_t record_bytes);

  const Page& page() const { return page_; }

 private:
  Page page_;
  uint64_t first_ = 0;  // How many bytes the journal had before this page.
};

}  // namespace lockscope::trace
