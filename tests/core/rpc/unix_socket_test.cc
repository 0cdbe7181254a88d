#include "core/rpc/unix_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

using ::testing::HasSubstr;

// A listening socket in a folder of its own.
class UnixSocketTest : public testing::Test {
 protected:
  UnixSocketTest() {
    std::string folder = testing::TempDir() + "lockscope-XXXXXX";
    LS_CHECK(::mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    path_ = folder + "/sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    LS_CHECK(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    LS_CHECK(::listen(listener_.get(), 8) == 0);
  }
  ~UnixSocketTest() override { std::filesystem::remove_all(folder_); }

  // The name of the peer that connected first.
  std::string AcceptAndAskName() {
    sockaddr_un peer{};
    socklen_t length = sizeof peer;
    const unique_fd fd(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_CLOEXEC));
    LS_CHECK(fd.valid());
    return PeerNameOf(peer, length);
  }

  std::string folder_;
  std::string path_;
  unique_fd listener_;
};

TEST_F(UnixSocketTest, TheDaemonLearnsAClientsName) {
  const auto alice = ConnectUnix(path_, "alice");
  const auto bob = ConnectUnix(path_, "bob-2");
  ASSERT_TRUE(alice.has_value()) << alice.error().message;
  ASSERT_TRUE(bob.has_value()) << bob.error().message;
  EXPECT_EQ(AcceptAndAskName(), "alice");
  EXPECT_EQ(AcceptAndAskName(), "bob-2");
}

TEST_F(UnixSocketTest, TwoClientsMayHaveTheSameName) {
  const auto first = ConnectUnix(path_, "alice");
  const auto second = ConnectUnix(path_, "alice");
  EXPECT_TRUE(first.has_value());
  EXPECT_TRUE(second.has_value());
}

TEST_F(UnixSocketTest, AClientWithoutANameHasNone) {
  const auto client = ConnectUnix(path_, "");
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(AcceptAndAskName(), "");
}

TEST_F(UnixSocketTest, ANameThatCannotBePrintedIsRefused) {
  for (std::string_view name : {"a b", "a/b", "\x1b[2J", "0123456789012345678901234567890123"}) {
    const auto client = ConnectUnix(path_, name);
    ASSERT_FALSE(client.has_value());
    EXPECT_THAT(client.error().message, HasSubstr("cannot be a client's name"));
  }
}

TEST_F(UnixSocketTest, NobodyListeningIsAnErrorThatNamesThePath) {
  const auto client = ConnectUnix(path_ + "-not-there", "alice");
  ASSERT_FALSE(client.has_value());
  EXPECT_THAT(client.error().message, HasSubstr("sock-not-there"));
}

TEST_F(UnixSocketTest, APathLongerThanAnAddressIsAnError) {
  const auto client = ConnectUnix(std::string(108, 'x'), "");
  ASSERT_FALSE(client.has_value());
  EXPECT_THAT(client.error().message, HasSubstr("at most 107"));
}

TEST(PeerNameTest, OnlyAddressesOfOurKindHoldAName) {
  const auto name_of = [](std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return PeerNameOf(address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()));
  };
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(name_of("\0lockscope/1/2/carol"sv), "carol");
  EXPECT_EQ(name_of("\0lockscope/1/2/"sv), "");
  EXPECT_EQ(name_of("\0lockscope/1/2/a\0b"sv), "");
  EXPECT_EQ(name_of("\0other/1/2/carol"sv), "");
  EXPECT_EQ(name_of("/lockscope/1/2/carol"sv), "");
  EXPECT_EQ(name_of("\0"sv), "");
  EXPECT_EQ(name_of(""sv), "");
}

}  // namespace
}  // namespace lockscope::rpc
