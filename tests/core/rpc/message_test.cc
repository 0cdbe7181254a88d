#include "core/rpc/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

using ::testing::HasSubstr;

const PacketHeader kHostnameCall{.procedure = 59, .serial = 7};

TEST(MessageTest, ASmallestPacketHasAHeaderAndNoPayload) {
  const Message message = ReadWhole(NaivePacket(kHostnameCall));
  EXPECT_EQ(message.header(), kHostnameCall);
  EXPECT_TRUE(message.payload().empty());
}

TEST(MessageTest, ASizeOfDeliveryMakesNoDifference) {
  const Bytes payload = NaiveXdr().Text("a payload that is not a multiple of any piece").bytes();
  const Bytes packet = NaivePacket(kHostnameCall, payload);
  for (size_t piece = 1; piece <= packet.size(); ++piece) {
    Message message;
    const Result<bool> complete = Feed(message, packet, piece);
    ASSERT_TRUE(complete.has_value() && *complete) << "piece " << piece;
    EXPECT_EQ(message.header(), kHostnameCall);
    EXPECT_EQ(Copy(message.payload()), payload);
  }
}

TEST(MessageTest, IsNotCompleteBeforeItsLastByte) {
  const Bytes packet = NaivePacket(kHostnameCall, NaiveXdr().Word(1).bytes());
  Message message;
  EXPECT_EQ(Feed(message, std::span(packet).first(packet.size() - 1), 1), false);
  EXPECT_FALSE(message.complete());
  EXPECT_EQ(message.space().size(), 1u);
  EXPECT_EQ(Feed(message, std::span(packet).last(1)), true);
  EXPECT_TRUE(message.complete());
}

TEST(MessageTest, AsksForNoByteBeyondThePacket) {
  // The byte behind it belongs to the next message, whose buffer may not exist yet.
  Message message;
  EXPECT_EQ(message.space().size(), 4u);
  ASSERT_EQ(Feed(message, NaiveXdr().Word(28).bytes()), false);
  EXPECT_EQ(message.space().size(), 24u);
}

TEST(MessageTest, ALengthWordOutOfBoundsIsAnErrorThatNamesIt) {
  for (uint32_t length : {0u, 1u, 27u, kMaxMessageBytes + 1, 0x8000'0000u, 0xffff'ffffu}) {
    for (size_t piece : {1, 4}) {
      Message message;
      const Result<bool> complete = Feed(message, NaiveXdr().Word(length).bytes(), piece);
      ASSERT_FALSE(complete.has_value()) << length;
      EXPECT_THAT(complete.error().message, HasSubstr(std::to_string(length)));
      EXPECT_FALSE(message.complete());
    }
  }
}

TEST(MessageTest, TheLargestLengthIsAcceptedAndNotAllocatedOnAPromise) {
  Message message;
  ASSERT_EQ(Feed(message, NaiveXdr().Word(kMaxMessageBytes).bytes()), false);
  EXPECT_LE(message.space().size(), 64u << 10);
}

TEST(MessageTest, ThePacketOfLargestLengthCanBeRead) {
  const Bytes chunk(1 << 20, std::byte{0x5a});
  Message message;
  ASSERT_EQ(Feed(message, NaiveXdr().Word(kMaxMessageBytes).bytes()), false);
  size_t missing = kMaxMessageBytes - kLengthBytes;
  while (missing > chunk.size()) {
    ASSERT_EQ(Feed(message, chunk), false);
    missing -= chunk.size();
  }
  EXPECT_EQ(Feed(message, std::span(chunk).first(missing)), true);
  EXPECT_EQ(message.payload().size(), kMaxMessageBytes - kMinMessageBytes);
}

TEST(MessageTest, TheReplyTakesTheCallsPlaceInTheSameMessage) {
  Message message = ReadWhole(NaivePacket(kHostnameCall, NaiveXdr().Text("longer than the reply").bytes()));
  PacketHeader reply = message.header();
  reply.type = MessageType::kReply;
  const Bytes payload = NaiveXdr().Word(42).bytes();
  ASSERT_TRUE(message.Compose(reply, [&](Bytes& bytes) {
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return Result<void>();
  }));
  EXPECT_EQ(Copy(message.unsent()), NaivePacket(reply, payload));
  EXPECT_EQ(message.header(), reply);
  EXPECT_EQ(Copy(message.payload()), payload);
}

TEST(MessageTest, WritesInAnyPiecesGiveTheWholePacketOnce) {
  const Bytes expected = NaivePacket(kHostnameCall);
  for (size_t piece = 1; piece <= expected.size(); ++piece) {
    Message message;
    message.Compose(kHostnameCall);
    Bytes written;
    for (bool all_sent = false; !all_sent;) {
      const size_t n = std::min(piece, message.unsent().size());
      const Bytes part = Copy(message.unsent().first(n));
      written.insert(written.end(), part.begin(), part.end());
      all_sent = message.Sent(n);
      ASSERT_EQ(all_sent, written.size() == expected.size());
    }
    EXPECT_EQ(written, expected);
  }
}

TEST(MessageTest, AReplyThatCannotBeEncodedLeavesRoomForAnother) {
  Message message = ReadWhole(NaivePacket(kHostnameCall));
  const Result<void> failed = message.Compose(kHostnameCall, [](Bytes& bytes) -> Result<void> {
    bytes.resize(bytes.size() + 100);
    return Fail("no");
  });
  EXPECT_FALSE(failed.has_value());
  EXPECT_TRUE(message.payload().empty());
  message.Compose(kHostnameCall);
  EXPECT_EQ(Copy(message.unsent()), NaivePacket(kHostnameCall));
}

TEST(MessageTest, AReplyLongerThanAPacketIsRefused) {
  Message message;
  const Result<void> failed = message.Compose(kHostnameCall, [](Bytes& bytes) -> Result<void> {
    bytes.resize(kMaxMessageBytes + size_t{1});
    return {};
  });
  EXPECT_FALSE(failed.has_value());
}

TEST(MessageDeathTest, ReadingAfterTheEndIsABugOfOurs) {
  Message message = ReadWhole(NaivePacket(kHostnameCall));
  EXPECT_DEATH((void)message.space(), "not being read");
  EXPECT_DEATH((void)message.unsent(), "not composed");
}

}  // namespace
}  // namespace lockscope::rpc
