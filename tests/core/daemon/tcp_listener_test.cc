#include "core/daemon/tcp_listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace lockscope::daemon {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A blocking connection to that port of the IPv4 loopback address.
unique_fd ConnectTo(uint16_t port) {
  unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

class TcpListenerTest : public ::testing::Test {
 protected:
  Result<std::vector<std::unique_ptr<TcpListener>>> Bind(const std::string& text) {
    return TcpAddress::Parse(text).and_then(
        [&](const TcpAddress& address) { return TcpListener::Bind(address, *poller_); });
  }
  bool IsReady(Handle handle) {
    loop::PollEntry entry{handle, loop::kIoReadable, 0};
    poller_->EntryChanged(0, entry);
    return poller_->Poll({&entry, 1}, 1'000'000'000) == 1;
  }

  std::unique_ptr<loop::PollPoller> poller_ = std::move(*loop::PollPoller::Create());
};

TEST_F(TcpListenerTest, WithoutAnAddressItListensOnLoopbackOnly) {
  const auto listeners = Bind("0");
  ASSERT_TRUE(listeners) << listeners.error().message;
  ASSERT_FALSE(listeners->empty());
  for (const auto& listener : *listeners) {
    EXPECT_THAT(listener->name(), AnyOf(StartsWith("127.0.0.1:"), StartsWith("[::1]:")));
    EXPECT_EQ(listener->port(), listeners->front()->port()) << "one port, whichever of its addresses a client tries";
    EXPECT_NE(listener->port(), 0);
  }
}

// The system chooses a port that is free for one of the two loopback addresses: with so many taken on the other one, some of
// its choices cannot be had there.
TEST_F(TcpListenerTest, APortThatIsFreeForOneFamilyOnlyIsNotChosen) {
  const auto first = Bind("0");
  ASSERT_TRUE(first) << first.error().message;
  if (first->size() < 2) GTEST_SKIP() << "this machine has one loopback address";
  std::vector<unique_fd> taken;
  for (int i = 0; i < 800; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) break;
    ASSERT_EQ(::listen(fd.get(), 1), 0);
    taken.push_back(std::move(fd));
  }
  for (int i = 0; i < 300; ++i) {
    const auto listeners = Bind("0");
    ASSERT_TRUE(listeners) << listeners.error().message;
    EXPECT_EQ(listeners->size(), 2u);
  }
}

TEST_F(TcpListenerTest, AcceptsAConnectionAndSaysWhereItComesFrom) {
  const auto listeners = Bind("127.0.0.1:0");
  ASSERT_TRUE(listeners) << listeners.error().message;
  ASSERT_EQ(listeners->size(), 1u);
  TcpListener& listener = *listeners->front();
  const auto nobody = listener.Accept();
  ASSERT_TRUE(nobody);
  EXPECT_EQ(*nobody, nullptr);

  const unique_fd client = ConnectTo(listener.port());
  ASSERT_TRUE(client.valid());
  ASSERT_TRUE(IsReady(listener.handle()));
  const auto accepted = listener.Accept();
  ASSERT_TRUE(accepted && *accepted != nullptr);
  sockaddr_in own{};
  socklen_t length = sizeof own;
  ASSERT_EQ(::getsockname(client.get(), reinterpret_cast<sockaddr*>(&own), &length), 0);
  EXPECT_EQ((*accepted)->peer_address(), fmt::format("127.0.0.1:{}", ntohs(own.sin_port)));
  EXPECT_EQ((*accepted)->peer_name(), "") << "an address is no name";

  std::byte byte{7};
  EXPECT_EQ((*accepted)->Read({&byte, 1}).status, rpc::IoStatus::kWouldBlock);
  ASSERT_EQ(::send(client.get(), &byte, 1, 0), 1);
  ASSERT_TRUE(IsReady((*accepted)->handle()));
  EXPECT_EQ((*accepted)->Read({&byte, 1}).bytes, 1u);
}

TEST_F(TcpListenerTest, APortThatIsTakenIsAnError) {
  const auto first = Bind("127.0.0.1:0");
  ASSERT_TRUE(first);
  const std::string taken = first->front()->name();
  const auto second = Bind(taken);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, taken + ": cannot listen there: Address already in use");
  EXPECT_FALSE(Bind(std::to_string(first->front()->port()))) << "also where another address would be free";
}

TEST_F(TcpListenerTest, ThePortIsFreeAgainAtOnceAlthoughItHadConnections) {
  uint16_t port = 0;
  {
    const auto listeners = Bind("127.0.0.1:0");
    ASSERT_TRUE(listeners);
    port = listeners->front()->port();
    const unique_fd client = ConnectTo(port);
    ASSERT_TRUE(IsReady(listeners->front()->handle()));
    const auto accepted = listeners->front()->Accept();
    (*accepted)->Close();  // By the daemon first: the system remembers such a connection for a minute.
    listeners->front()->Close();
  }
  EXPECT_FALSE(ConnectTo(port).valid());
  const auto again = Bind(fmt::format("127.0.0.1:{}", port));
  EXPECT_TRUE(again) << again.error().message;
}

TEST_F(TcpListenerTest, AnAddressThatIsNotThisMachinesIsAnError) {
  const auto elsewhere = Bind("192.0.2.1:0");  // Kept for documentation: nobody has it.
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().message, "192.0.2.1:0: cannot listen there: Cannot assign requested address");
  const auto nobody = Bind("no such host:0");
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, StartsWith("no such host: no address of this machine: "));
}

TEST(TcpAddressTest, ReadsThreeForms) {
  const auto port = TcpAddress::Parse("16509");
  ASSERT_TRUE(port);
  EXPECT_EQ(port->host, "");
  EXPECT_EQ(port->port, 16509);
  const auto ipv4 = TcpAddress::Parse("0.0.0.0:1");
  ASSERT_TRUE(ipv4);
  EXPECT_EQ(ipv4->host, "0.0.0.0");
  EXPECT_EQ(ipv4->port, 1);
  const auto ipv6 = TcpAddress::Parse("[::1]:65535");
  ASSERT_TRUE(ipv6);
  EXPECT_EQ(ipv6->host, "::1");
  EXPECT_EQ(ipv6->port, 65535);
}

TEST(TcpAddressTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "http", "-1", "65536", "1 ", "host:", ":1", "::1", "::1:1", "[]:1", "[host]:1", "host:1x"}) {
    const auto address = TcpAddress::Parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_THAT(address.error().message, HasSubstr(fmt::format("'{}' is no TCP address", text)));
    EXPECT_THAT(address.error().message, HasSubstr("expected PORT, ADDRESS:PORT or [ADDRESS]:PORT"));
  }
}

}  // namespace
}  // namespace lockscope::daemon
