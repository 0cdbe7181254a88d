#include "core/rpc/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rpc/memory_transport.h"
#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A caller whose daemon is the test: it reads the calls as bytes and answers with bytes.
class CallerTest : public testing::Test {
 protected:
  Bytes DaemonReads() {
    Bytes bytes(1 << 16);
    const IoResult result = daemon_->Read(bytes);
    bytes.resize(result.bytes);
    return bytes;
  }
  void DaemonSends(const Bytes& bytes) { ASSERT_EQ(daemon_->Write(bytes).bytes, bytes.size()); }
  void DaemonReplies(uint32_t serial, int32_t procedure, const Bytes& payload,
                     MessageStatus status = MessageStatus::kOk) {
    DaemonSends(NaivePacket({.procedure = procedure, .type = MessageType::kReply, .serial = serial, .status = status},
                            payload));
  }

  MemoryTransport::Pair ends_ = MemoryTransport::MakePair();
  std::unique_ptr<MemoryTransport> daemon_ = std::move(ends_.second);
  MemoryTransport* own_end_ = ends_.first.get();
  Caller caller_ = Caller(std::move(ends_.first));
};

TEST_F(CallerTest, SerialsStartAtZeroAndRiseByOne) {
  EXPECT_EQ(caller_.Send(59), 0u);
  EXPECT_EQ(caller_.Send(3), 1u);
  Bytes expected = NaivePacket({.procedure = 59, .serial = 0});
  const Bytes second = NaivePacket({.procedure = 3, .serial = 1});
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(DaemonReads(), expected);
}

TEST_F(CallerTest, RepliesOutOfOrderAreMatchedBySerial) {
  ASSERT_TRUE(caller_.Send(59).has_value());
  ASSERT_TRUE(caller_.Send(59).has_value());
  DaemonReplies(1, 59, NaiveXdr().Text("second").bytes());
  DaemonReplies(0, 59, NaiveXdr().Text("first").bytes());
  const Result<Message> first = caller_.Receive(0);
  const Result<Message> second = caller_.Receive(1);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(Copy(first->payload()), NaiveXdr().Text("first").bytes());
  EXPECT_EQ(Copy(second->payload()), NaiveXdr().Text("second").bytes());
}

TEST_F(CallerTest, AReplyMayComeByteByByte) {
  ASSERT_TRUE(caller_.Send(59).has_value());
  const PacketHeader header{.procedure = 59, .type = MessageType::kReply};
  const Bytes packet = NaivePacket(header, NaiveXdr().Text("slow").bytes());
  for (std::byte byte : packet) {
    const Result<std::optional<Message>> early = caller_.TryReceive(0);
    ASSERT_TRUE(early.has_value());
    ASSERT_FALSE(early->has_value());
    DaemonSends({byte});
  }
  EXPECT_TRUE(caller_.Receive(0).has_value());
}

TEST_F(CallerTest, WhatATransportDoesNotTakeIsSentLater) {
  own_end_->SetLimits({.write_at_most = 5, .capacity = 12});
  ASSERT_TRUE(caller_.Send(59).has_value());
  EXPECT_EQ(caller_.Flush(), false);
  Bytes got;
  for (Bytes part = DaemonReads(); !part.empty(); part = DaemonReads()) {
    got.insert(got.end(), part.begin(), part.end());
    ASSERT_TRUE(caller_.Flush().has_value());
  }
  EXPECT_EQ(got, NaivePacket({.procedure = 59}));
}

TEST_F(CallerTest, TypedCallsDecodeTheirReplies) {
  // The answers are there before the calls: the caller cannot tell.
  const std::string uuid = "0123456789abcdef";
  DaemonReplies(0, 66, NaiveXdr().Word(1).Word(0).bytes());
  EXPECT_THAT(*caller_.AuthList(), ElementsAre(0));
  DaemonReplies(1, 60, NaiveXdr().Word(1).bytes());
  EXPECT_EQ(caller_.SupportsFeature(10), true);
  DaemonReplies(2, 1, {});
  EXPECT_TRUE(caller_.Open("test:///default").has_value());
  DaemonReplies(3, 59, NaiveXdr().Text("tiger").bytes());
  EXPECT_EQ(caller_.Hostname(), "tiger");
  DaemonReplies(4, 4, NaiveXdr().Big(1'002'003).bytes());
  EXPECT_EQ(caller_.Version(), 1'002'003u);
  DaemonReplies(5, 273, NaiveXdr().Word(1).Text("test").Raw(uuid).Word(1).Word(1).bytes());
  const auto domains = caller_.ListAllDomains();
  ASSERT_TRUE(domains.has_value());
  ASSERT_EQ(domains->size(), 1u);
  EXPECT_EQ(domains->front().name, "test");
  DaemonReplies(6, 212, NaiveXdr().Word(1).Word(0).bytes());
  EXPECT_EQ(caller_.DomainState(domains->front())->state, 1);
  DaemonReplies(7, 23, NaiveXdr().Text("test").Raw(uuid).Word(1).bytes());
  EXPECT_EQ(caller_.DomainByName("test"), domains->front());
  DaemonReplies(8, 2, {});
  EXPECT_TRUE(caller_.Close().has_value());
}

TEST_F(CallerTest, OpenSendsItsUriAndItsFlag) {
  DaemonReplies(0, 1, {});
  ASSERT_TRUE(caller_.Open("test:///default", true).has_value());
  EXPECT_EQ(DaemonReads(), NaivePacket({.procedure = 1}, NaiveXdr().Word(1).Text("test:///default").Word(1).bytes()));
}

TEST_F(CallerTest, AnErrorReplyIsOneLineWithTheCallItsCodeAndItsText) {
  XdrValue<ls_error> error = ToXdr(WireError{ErrorCode::kNoConnect, ErrorOrigin::kNone, "no driver for foo:///"});
  Bytes payload;
  ASSERT_TRUE(AppendXdr(error, payload).has_value());
  DaemonReplies(0, 1, payload, MessageStatus::kError);
  const Result<void> opened = caller_.Open("foo:///");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().message, "connect_open: error 5: no driver for foo:///");
}

TEST_F(CallerTest, AReplyThatCannotBeDecodedIsAnError) {
  DaemonReplies(0, 59, NaiveXdr().Word(100).Raw("abcd").bytes());
  EXPECT_FALSE(caller_.Hostname().has_value());
}

TEST_F(CallerTest, APingIsAnsweredAndAnEventIsDroppedWhileWaiting) {
  const PacketHeader ping{.program = kKeepaliveProgram, .procedure = kKeepalivePing, .type = MessageType::kMessage};
  DaemonSends(NaivePacket(ping));
  DaemonSends(NaivePacket({.procedure = 318, .type = MessageType::kMessage}, NaiveXdr().Word(0).bytes()));
  DaemonReplies(0, 59, NaiveXdr().Text("tiger").bytes());
  EXPECT_EQ(caller_.Hostname(), "tiger");
  PacketHeader pong = ping;
  pong.procedure = kKeepalivePong;
  Bytes expected = NaivePacket({.procedure = 59});
  const Bytes answer = NaivePacket(pong);
  expected.insert(expected.end(), answer.begin(), answer.end());
  EXPECT_EQ(DaemonReads(), expected);
}

TEST_F(CallerTest, ADaemonThatLeavesIsAnErrorThatSaysSo) {
  daemon_->Close();
  const Result<std::string> hostname = caller_.Hostname();
  ASSERT_FALSE(hostname.has_value());
  EXPECT_THAT(hostname.error().message, HasSubstr("hostname: cannot send: the daemon closed the connection"));
}

TEST_F(CallerTest, ABrokenLengthWordFromTheDaemonIsAnError) {
  ASSERT_TRUE(caller_.Send(59).has_value());
  DaemonSends(NaiveXdr().Word(3).bytes());
  const Result<Message> reply = caller_.Receive(0);
  ASSERT_FALSE(reply.has_value());
  // Where the next packet begins nobody knows: the connection is of no more use, and says so whenever it is asked.
  DaemonReplies(0, 59, NaiveXdr().Text("late").bytes());
  for (int again = 0; again < 2; ++again) {
    const Result<Message> later = caller_.Receive(0);
    ASSERT_FALSE(later.has_value());
    EXPECT_EQ(later.error().message, reply.error().message);
  }
  EXPECT_FALSE(caller_.TryNextEvent().has_value());
}

TEST_F(CallerTest, AReplyThatIsNotThereYetIsAnErrorOnlyForReceive) {
  ASSERT_TRUE(caller_.Send(59).has_value());
  EXPECT_FALSE(caller_.Receive(0).has_value());
  DaemonReplies(0, 59, NaiveXdr().Text("late").bytes());
  EXPECT_TRUE(caller_.Receive(0).has_value());
}

}  // namespace
}  // namespace lockscope::rpc
