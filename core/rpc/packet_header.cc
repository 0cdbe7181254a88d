#include "core/rpc/packet_header.h"

namespace lockscope::rpc {

uint32_t LoadWord(std::span<const std::byte, 4> bytes) {
  uint32_t word = 0;
  for (std::byte byte : bytes) word = word << 8 | std::to_integer<uint32_t>(byte);
  return word;
}

void StoreWord(std::span<std::byte, 4> bytes, uint32_t word) {
  for (int i = 3; i >= 0; --i, word >>= 8) bytes[static_cast<size_t>(i)] = static_cast<std::byte>(word & 0xff);
}

PacketHeader LoadHeader(std::span<const std::byte, kHeaderBytes> bytes) {
  return {.program = LoadWord(bytes.subspan<0, 4>()),
          .version = LoadWord(bytes.subspan<4, 4>()),
          .procedure = static_cast<int32_t>(LoadWord(bytes.subspan<8, 4>())),
          .type = static_cast<MessageType>(LoadWord(bytes.subspan<12, 4>())),
          .serial = LoadWord(bytes.subspan<16, 4>()),
          .status = static_cast<MessageStatus>(LoadWord(bytes.subspan<20, 4>()))};
}

void StoreHeader(std::span<std::byte, kHeaderBytes> bytes, const PacketHeader& header) {
  StoreWord(bytes.subspan<0, 4>(), header.program);
  StoreWord(bytes.subspan<4, 4>(), header.version);
  StoreWord(bytes.subspan<8, 4>(), static_cast<uint32_t>(header.procedure));
  StoreWord(bytes.subspan<12, 4>(), static_cast<uint32_t>(header.type));
  StoreWord(bytes.subspan<16, 4>(), header.serial);
  StoreWord(bytes.subspan<20, 4>(), static_cast<uint32_t>(header.status));
}

}  // namespace lockscope::rpc
