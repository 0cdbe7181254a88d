// LiveChunk: a piece of the ring in the hands of one writer. Plain data: its owner's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/trace/live_format.h"

namespace lockscope::trace {

struct LiveChunk {
  std::byte* at = nullptr;  // Of its header. Null: none.
  size_t bytes = 0;         // With its header.

  explicit operator bool() const { return at != nullptr; }
  format::ChunkHeader& header() const { return *reinterpret_cast<format::ChunkHeader*>(at); }
  std::span<std::byte> room() const {
    if (at == nullptr) return {};
    return {at + sizeof(format::ChunkHeader), bytes - sizeof(format::ChunkHeader)};
  }
  std::span<uint64_t> words() const {
    return {reinterpret_cast<uint64_t*>(room().data()), room().size() / sizeof(uint64_t)};
  }
};

// What a thread's log keeps of its place in the ring.
struct ThreadChunk {
  LiveChunk chunk;
  uint64_t first = 0;  // How many events the thread had before this chunk, lost ones counted.
  uint64_t lost = 0;   // Lost since it filled up.
};

}  // namespace lockscope::trace
