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

TEST(FdTransportErrorTest, ADescriptorThatIsNoSocketReportsWhy) {
  FdTransport transport(unique_fd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  Bytes buffer(1);
  EXPECT_EQ(transport.Read(buffer), (IoResult{IoStatus::kError, 0, ENOTSOCK}));
}

}  // namespace
}  // namespace lockscope::rpc
