#include "core/daemon/unix_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <vector>

#include "core/rpc/unix_socket.h"
#include "tests/support/temporary_folder.h"

namespace lockscope::daemon {
namespace {

using ::testing::HasSubstr;

class UnixListenerTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<UnixListener>> Bind(const std::string& path) { return UnixListener::Bind(path, *poller_); }
  bool IsReady(Handle handle) {
    loop::PollEntry entry{handle, loop::kIoReadable, 0};
    poller_->EntryChanged(0, entry);
    return poller_->Poll({&entry, 1}, 0) == 1;
  }

  // Of path_, for sockets that are no daemon of ours.
  sockaddr_un Address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    return address;
  }

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.File("daemon.sock");
  std::unique_ptr<loop::PollPoller> poller_ = std::move(*loop::PollPoller::Create());
};

TEST_F(UnixListenerTest, AcceptsOneConnectionAfterTheOtherAndTheirNames) {
  const auto listener = Bind(path_);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_FALSE(IsReady((*listener)->handle()));
  const auto alice = rpc::ConnectUnix(path_, "alice");
  const auto nameless = rpc::ConnectUnix(path_, "");
  ASSERT_TRUE(alice && nameless);
  EXPECT_TRUE(IsReady((*listener)->handle()));
  const auto first = (*listener)->Accept();
  const auto second = (*listener)->Accept();
  const auto third = (*listener)->Accept();
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ((*first)->peer_name(), "alice");
  EXPECT_EQ((*second)->peer_name(), "");
  EXPECT_EQ(*third, nullptr) << "nobody else waits";
  EXPECT_NE((*first)->handle(), (*second)->handle());
  std::vector<std::byte> nothing(8);
  EXPECT_EQ((*first)->Read(nothing).status, rpc::IoStatus::kWouldBlock);
}

TEST_F(UnixListenerTest, TheSocketIsForItsUserAlone) {
  const auto listener = Bind(path_);
  ASSERT_TRUE(listener);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(UnixListenerTest, ASecondDaemonOnThePathIsAnErrorAndHarmsTheFirstNot) {
  const auto first = Bind(path_);
  ASSERT_TRUE(first);
  const auto second = Bind(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, path_ + ": cannot listen there: another daemon does");
  EXPECT_TRUE(rpc::ConnectUnix(path_, "alice").has_value());
}

TEST_F(UnixListenerTest, ADaemonThatHasNoTimeForMoreConnectionsIsADaemonToo) {
  const unique_fd busy(::socket(AF_UNIX, SOCK_STREAM, 0));
  const sockaddr_un address = Address();
  ASSERT_EQ(::bind(busy.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(busy.get(), 0), 0);
  std::vector<unique_fd> waiting;
  do {
    waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
  } while (::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ASSERT_EQ(errno, EAGAIN);
  const auto listener = Bind(path_);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().message, path_ + ": cannot listen there: another daemon does");
}

TEST_F(UnixListenerTest, ASocketThatAKilledDaemonLeftIsReplaced) {
  {
    const unique_fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    const sockaddr_un address = Address();
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  const auto listener = Bind(path_);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(rpc::ConnectUnix(path_, "").has_value());
}

TEST_F(UnixListenerTest, AFileThatIsNoSocketStaysWhatItWas) {
  std::ofstream(path_) << "precious";
  const auto listener = Bind(path_);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().message, HasSubstr("something else than a socket has that name"));
  std::string content;
  std::ifstream(path_) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_F(UnixListenerTest, APathThatASocketCannotHaveIsAClearError) {
  const auto too_long = Bind(folder_.File(std::string(200, 'x')));
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error().message, HasSubstr("a socket's path has 1 to 107 bytes"));
  EXPECT_FALSE(Bind(""));
  const auto nowhere = Bind(folder_.File("missing/daemon.sock"));
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("No such file or directory"));
}

TEST_F(UnixListenerTest, APathMayHaveSpacesAndTheLongestLength) {
  EXPECT_TRUE(Bind(folder_.File("a daemon of mine.sock")));
  const std::string longest = folder_.File(std::string(107 - folder_.path().string().size() - 1, 'x'));
  ASSERT_EQ(longest.size(), 107u);
  const auto listener = Bind(longest);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(rpc::ConnectUnix(longest, "").has_value());
}

TEST_F(UnixListenerTest, ClosingRemovesTheFile) {
  auto listener = Bind(path_);
  ASSERT_TRUE(listener);
  (*listener)->Close();
  EXPECT_FALSE(std::filesystem::exists(path_));
  (*listener)->Close();  // And a second time is harmless.
  EXPECT_FALSE(rpc::ConnectUnix(path_, ""));
}

TEST_F(UnixListenerTest, ClosingLeavesAFileThatIsNotItsOwn) {
  for (const bool socket : {true, false}) {
    auto first = Bind(path_);
    ASSERT_TRUE(first) << first.error().message;
    std::filesystem::remove(path_);  // By an administrator who thinks that no daemon is there.
    Result<std::unique_ptr<UnixListener>> second;
    if (socket) {
      second = Bind(path_);
      ASSERT_TRUE(second) << second.error().message;
    } else {
      std::ofstream(path_) << "precious";
    }
    (*first)->Close();
    EXPECT_TRUE(std::filesystem::exists(path_));
    if (socket) {
      EXPECT_TRUE(rpc::ConnectUnix(path_, "").has_value());
    }
    std::filesystem::remove(path_);
  }
}

TEST_F(UnixListenerTest, TheFileHasTheModeThatIsAskedForWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  const auto listener = UnixListener::Bind(path_, *poller_, 0660);
  ::umask(before);
  ASSERT_TRUE(listener) << listener.error().message;
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660u);
}

TEST_F(UnixListenerTest, TheUmaskIsAsItWas) {
  const mode_t before = ::umask(0022);
  ASSERT_TRUE(Bind(path_));
  EXPECT_EQ(::umask(before), 0022u);
}

}  // namespace
}  // namespace lockscope::daemon
