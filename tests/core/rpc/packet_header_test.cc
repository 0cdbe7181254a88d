#include "core/rpc/packet_header.h"

#include <gtest/gtest.h>

#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

TEST(PacketHeaderTest, IsSixBigEndianWordsInTheOrderOfTheWire) {
  const PacketHeader header{.program = 0x2000'8086,
                            .version = 1,
                            .procedure = 59,
                            .type = MessageType::kReply,
                            .serial = 0xdead'beef,
                            .status = MessageStatus::kError};
  Bytes bytes(kHeaderBytes);
  StoreHeader(std::span<std::byte, kHeaderBytes>(bytes.data(), kHeaderBytes), header);
  EXPECT_EQ(bytes, NaiveXdr().Word(0x2000'8086).Word(1).Word(59).Word(1).Word(0xdead'beef).Word(1).bytes());
}

TEST(PacketHeaderTest, LoadingGivesBackWhatWasStored) {
  const PacketHeader header{.program = 0xffff'ffff,
                            .version = 0x8000'0000,
                            .procedure = -1,
                            .type = static_cast<MessageType>(77),
                            .serial = 0xffff'fffe,
                            .status = static_cast<MessageStatus>(-9)};
  Bytes bytes(kHeaderBytes);
  StoreHeader(std::span<std::byte, kHeaderBytes>(bytes.data(), kHeaderBytes), header);
  EXPECT_EQ(LoadHeader(std::span<const std::byte, kHeaderBytes>(bytes.data(), kHeaderBytes)), header);
}

}  // namespace
}  // namespace lockscope::rpc
