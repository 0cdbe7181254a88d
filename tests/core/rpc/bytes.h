// Bytes for tests, written the naive way: no XDR routine is used, so that it can be compared with what they do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/rpc/message.h"
#include "core/rpc/packet_header.h"

namespace lockscope::rpc {

using Bytes = std::vector<std::byte>;

// Builds big-endian XDR: NaiveXdr().Word(1).Text("abc").bytes().
class NaiveXdr {
 public:
  NaiveXdr& Word(uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes_.push_back(static_cast<std::byte>(word >> shift & 0xff));
    return *this;
  }
  NaiveXdr& Big(uint64_t word) {
    return Word(static_cast<uint32_t>(word >> 32)).Word(static_cast<uint32_t>(word & 0xffff'ffff));
  }
  NaiveXdr& Raw(std::string_view text) {
    for (char c : text) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  NaiveXdr& Text(std::string_view text) {
    Word(static_cast<uint32_t>(text.size())).Raw(text);
    while (bytes_.size() % 4 != 0) bytes_.push_back(std::byte{0});
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

// A whole packet: length word, header, payload.
inline Bytes NaivePacket(const PacketHeader& header, const Bytes& payload = {}) {
  NaiveXdr packet;
  packet.Word(static_cast<uint32_t>(28 + payload.size()));
  packet.Word(header.program).Word(header.version).Word(static_cast<uint32_t>(header.procedure));
  packet.Word(static_cast<uint32_t>(header.type)).Word(header.serial).Word(static_cast<uint32_t>(header.status));
  Bytes bytes = packet.bytes();
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

// Reads the bytes into the message in pieces of at most `piece`; true if it is complete at the end.
inline Result<bool> Feed(Message& message, std::span<const std::byte> bytes, size_t piece = SIZE_MAX) {
  bool complete = false;
  while (!bytes.empty()) {
    LS_CHECK(!complete, "{} bytes too many for the message", bytes.size());
    const std::span<std::byte> space = message.space();
    const size_t n = std::min({space.size(), bytes.size(), piece});
    std::copy_n(bytes.begin(), n, space.begin());
    bytes = bytes.subspan(n);
    const Result<bool> filled = message.Filled(n);
    if (!filled) return filled;
    complete = *filled;
  }
  return complete;
}

inline Message ReadWhole(std::span<const std::byte> bytes) {
  Message message;
  const Result<bool> complete = Feed(message, bytes);
  LS_CHECK(complete.has_value() && *complete, "the packet is not whole");
  return message;
}

inline Bytes Copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace lockscope::rpc
