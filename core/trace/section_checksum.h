// The checksum of a finished section: XXH3 (64 bits) of its header's first 24 bytes and its payload.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <memory>
#include <span>

#include "core/trace/file_format.h"

namespace lockscope::trace {

// The payload may lie in several pieces.
template <typename... Pieces>
uint64_t SectionChecksum(const format::SectionHeader& header, const Pieces&... payload) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_64bits_reset(state.get());
  XXH3_64bits_update(state.get(), &header, offsetof(format::SectionHeader, checksum));
  (XXH3_64bits_update(state.get(), payload.data(), payload.size()), ...);
  return XXH3_64bits_digest(state.get());
}

}  // namespace lockscope::trace
