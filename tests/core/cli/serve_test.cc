// `lockscope serve` with the real virsh.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/trace/trace_file.h"
#include "tests/support/run_program.h"

namespace lockscope {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::Ran;
using trace::EventKind;

// The daemon as a process of its own; its first line of output says that it listens.
class Served {
 public:
  explicit Served(const std::vector<std::string>& arguments) {
    int fds[2];
    if (::pipe(fds) != 0) ::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(fds[1], 1);
      ::close(fds[0]);
      std::vector<char*> argv = {const_cast<char*>(LOCKSCOPE_PROGRAM), const_cast<char*>("serve")};
      for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(fds[1]);
    for (char c = 0; ::read(fds[0], &c, 1) == 1 && c != '\n';) first_line_ += c;
    out_ = fds[0];
  }
  ~Served() {
    if (pid_ > 0) Stop(SIGKILL);
    ::close(out_);
  }
  const std::string& first_line() const { return first_line_; }
  void Signal(int number) const { ::kill(pid_, number); }
  int Stop(int number) {
    Signal(number);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string first_line_;
};

class ServeTest : public ::testing::Test {
 protected:
  Ran Virsh(const std::vector<std::string>& command) {
    std::vector<std::string> argv = {"virsh", "-c", "test+unix:///default?socket=" + socket_};
    argv.insert(argv.end(), command.begin(), command.end());
    return testing::RunProgram(argv);
  }
  testing::TestFolder folder_;
  // virsh takes the socket's path out of an address, where a space would end it.
  std::string socket_ = "/tmp/lockscope-serve-test-" + std::to_string(::getpid());
};

TEST_F(ServeTest, VirshAsksForTheHostnameAndListsTheDomains) {
  const std::string out = folder_ / "day.lockscope";
  Served served({"--socket", socket_, "-o", out, "--workers", "2"});
  EXPECT_THAT(served.first_line(), HasSubstr("serving on " + socket_ + " with 2 workers"));

  const Ran hostname = Virsh({"hostname"});
  EXPECT_EQ(hostname.status, 0) << hostname.err;
  EXPECT_EQ(hostname.out, "lockscope\n\n");
  EXPECT_EQ(hostname.err, "");

  const Ran list = Virsh({"list", "--all"});
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_THAT(list.out, StartsWith(" Id   Name   State\n---"));
  EXPECT_THAT(list.out, EndsWith("-\n 1    test   running\n\n")) << "one domain, and no other line";

  EXPECT_EQ(served.Stop(SIGTERM), 0);
  EXPECT_FALSE(std::filesystem::exists(socket_)) << "the socket's file goes with the daemon";
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_TRUE(trace->info().finished);
  EXPECT_EQ(std::ranges::count(trace->events(), EventKind::kClientFreed, &trace::Event::kind), 2);
}

TEST_F(ServeTest, AKilledDaemonsRecordingAndSocketAreOfUse) {
  const std::string out = folder_ / "killed.lockscope";
  {
    Served served({"--socket", socket_, "-o", out});
    EXPECT_EQ(Virsh({"hostname"}).status, 0);
    EXPECT_EQ(served.Stop(SIGKILL), 128 + SIGKILL);
  }
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_FALSE(trace->info().finished);
  EXPECT_GE(std::ranges::count(trace->events(), EventKind::kReplyWritten, &trace::Event::kind), 5);
  const Ran check = testing::RunProgram({LOCKSCOPE_PROGRAM, "check", out});
  EXPECT_EQ(check.status, 0) << check.out << check.err;
  EXPECT_THAT(check.out, HasSubstr("was not finished"));

  Served again({"--socket", socket_});
  EXPECT_THAT(again.first_line(), HasSubstr("serving on"));
  EXPECT_EQ(Virsh({"hostname"}).status, 0);
  EXPECT_EQ(again.Stop(SIGINT), 0) << "Ctrl-C ends it in order";
}

TEST_F(ServeTest, ASecondDaemonLeavesTheFirstAlone) {
  Served served({"--socket", socket_});
  const Ran second = testing::RunProgram({LOCKSCOPE_PROGRAM, "serve", "--socket", socket_});
  EXPECT_EQ(second.status, 2);
  EXPECT_THAT(second.err, HasSubstr("another daemon does"));
  EXPECT_EQ(Virsh({"hostname"}).status, 0);
  EXPECT_EQ(served.Stop(SIGTERM), 0);
}

}  // namespace
}  // namespace lockscope
