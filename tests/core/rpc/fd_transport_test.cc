#include "core/rpc/fd_transport.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

class FdTransportTest : public testing::Test {
 protected:
  FdTransportTest() {
    int fds[2];
    LS_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    peer_.reset(fds[1]);
    raw_fd_ = fds[0];
    transport_ =
        std::make_unique<FdTransport>(unique_fd(fds[0]), Peer{.name = "alice", .address = "here:1"}, Handle{7});
  }
  void PeerSends(std::string_view text) {
    ASSERT_EQ(::send(peer_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  unique_fd peer_;
  int raw_fd_ = -1;
  std::unique_ptr<FdTransport> transport_;
  Bytes buffer_ = Bytes(16);
};

TEST_F(FdTransportTest, ReadsWhatIsThereAndThenWouldBlock) {
  PeerSends("abc");
  EXPECT_EQ(transport_->Read(buffer_), (IoResult{IoStatus::kOk, 3, 0}));
  EXPECT_EQ(buffer_[2], std::byte{'c'});
  EXPECT_EQ(transport_->Read(buffer_), (IoResult{IoStatus::kWouldBlock, 0, 0}));
}

TEST_F(FdTransportTest, APeerThatLeftIsClosedAfterItsLastByte) {
  PeerSends("x");
  peer_.reset();
  EXPECT_EQ(transport_->Read(buffer_), (IoResult{IoStatus::kOk, 1, 0}));
  EXPECT_EQ(transport_->Read(buffer_).status, IoStatus::kClosed);
}

TEST_F(FdTransportTest, AWriteToAPeerThatLeftIsClosedAndRaisesNoSignal) {
  peer_.reset();
  EXPECT_EQ(transport_->Write(buffer_).status, IoStatus::kClosed);
}

TEST_F(FdTransportTest, AfterTheEndOfItsWritingItReadsOn) {
  transport_->CloseWriting();
  char byte = 0;
  EXPECT_EQ(::recv(peer_.get(), &byte, 1, 0), 0) << "the peer reads the end";
  PeerSends("more");
  EXPECT_EQ(transport_->Read(buffer_), (IoResult{IoStatus::kOk, 4, 0}));
  EXPECT_EQ(transport_->Write(buffer_).status, IoStatus::kClosed);
  transport_->Close();
  transport_->CloseWriting();
}

TEST_F(FdTransportTest, AFullSocketTakesAPartAndThenWouldBlock) {
  const Bytes much(1 << 20);
  IoResult result = transport_->Write(much);
  EXPECT_EQ(result.status, IoStatus::kOk);
  EXPECT_LT(result.bytes, much.size());
  while (result.status == IoStatus::kOk) result = transport_->Write(much);
  EXPECT_EQ(result.status, IoStatus::kWouldBlock);
}

TEST_F(FdTransportTest, ClosingClosesTheDescriptorOnce) {
  transport_->Close();
  EXPECT_EQ(::fcntl(raw_fd_, F_GETFD), -1);
  EXPECT_EQ(transport_->Read(buffer_).status, IoStatus::kClosed);
  EXPECT_EQ(transport_->Write(buffer_).status, IoStatus::kClosed);
  transport_->Close();
}

TEST_F(FdTransportTest, KeepsItsHandleAndItsPeersName) {
  EXPECT_EQ(transport_->handle(), Handle{7});
  EXPECT_EQ(transport_->peer_name(), "alice");
}

// The same over a transport that reads ahead.
class ReadAheadTest : public FdTransportTest {
 protected:
  ReadAheadTest() {
    transport_.reset();
    int fds[2];
    LS_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    peer_.reset(fds[1]);
    raw_fd_ = fds[0];
    transport_ = std::make_unique<FdTransport>(unique_fd(fds[0]), Peer{}, Handle{7}, FdTransport::Reading::kReadAhead);
  }
  std::string Read(size_t room) {
    Bytes into(room);
    const IoResult result = transport_->Read(into);
    if (result.status == IoStatus::kWouldBlock) return "(would block)";
    if (result.status != IoStatus::kOk) return "(ended)";
    return {reinterpret_cast<const char*>(into.data()), result.bytes};
  }
  // Whether the socket itself has something, as a Poller sees it.
  bool SocketIsEmpty() {
    char byte = 0;
    return ::recv(raw_fd_, &byte, 1, MSG_PEEK) < 0;
  }
};

TEST_F(ReadAheadTest, WhatIsThereIsTakenAtOnceAndGivenOutInParts) {
  PeerSends("length-and-the-rest");
  EXPECT_FALSE(transport_->has_buffered_input());
  EXPECT_EQ(Read(6), "length");
  EXPECT_TRUE(SocketIsEmpty());
  EXPECT_TRUE(transport_->has_buffered_input()) << "a Poller is silent now";
  EXPECT_EQ(Read(100), "-and-the-rest");
  EXPECT_FALSE(transport_->has_buffered_input());
  EXPECT_EQ(Read(100), "(would block)");
}

TEST_F(ReadAheadTest, ASocketThatWasEmptiedIsNotAskedAgainInThatTurn) {
  PeerSends("abc");
  EXPECT_EQ(Read(100), "abc");
  PeerSends("def");
  EXPECT_EQ(Read(100), "(would block)") << "it found less than it had room for, so there was nothing more";
  EXPECT_EQ(Read(100), "def") << "and later there is";
}

TEST_F(ReadAheadTest, AfterAWriteItIsAskedAgain) {
  PeerSends("abc");
  EXPECT_EQ(Read(100), "abc");
  ASSERT_EQ(transport_->Write(Bytes(1)).status, IoStatus::kOk);
  PeerSends("answer");
  EXPECT_EQ(Read(100), "answer");
}

TEST_F(ReadAheadTest, MoreThanTheBufferHoldsComesInOrder) {
  std::string much;
  for (int i = 0; i < 20'000; ++i) much += static_cast<char>('a' + i % 23);
  PeerSends(much);
  std::string received;
  // Rooms below, at and above the buffer's size.
  for (size_t room = 1; received.size() < much.size(); room = room * 3 % 5'000 + 1) {
    const std::string part = Read(room);
    if (part != "(would block)") received += part;
  }
  EXPECT_EQ(received, much);
  EXPECT_FALSE(transport_->has_buffered_input());
}

TEST_F(ReadAheadTest, WhatWasReadAheadIsDeliveredBeforeTheEnd) {
  PeerSends("last words");
  EXPECT_EQ(Read(4), "last");
  peer_.reset();
  EXPECT_EQ(Read(100), " words");
  while (Read(100) == "(would block)") continue;
  EXPECT_EQ(Read(100), "(ended)");
}

TEST_F(ReadAheadTest, ClosingDropsWhatWasReadAhead) {
  PeerSends("abc");
  EXPECT_EQ(Read(1), "a");
  transport_->Close();
  EXPECT_FALSE(transport_->has_buffered_input());
  EXPECT_EQ(Read(100), "(ended)");
}

TEST(FdTransportErrorTest, ADescriptorThatIsNoSocketReportsWhy) {
  FdTransport transport(unique_fd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  Bytes buffer(1);
  EXPECT_EQ(transport.Read(buffer), (IoResult{IoStatus::kError, 0, ENOTSOCK}));
}

}  // namespace
}  // namespace lockscope::rpc
