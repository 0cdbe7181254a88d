// `lockscope serve` with the real virsh.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>

#include "core/base/unique_fd.h"
#include "core/rpc/caller.h"
#include "core/trace/trace_file.h"
#include "tests/support/run_program.h"
#include "tests/support/served.h"

namespace lockscope {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Ran;
using testing::Served;
using ::testing::StartsWith;
using trace::EventKind;

class ServeTest : public ::testing::Test {
 protected:
  Ran Virsh(const std::vector<std::string>& command) {
    std::vector<std::string> argv = {"virsh", "-c", "test+unix:///default?socket=" + socket_};
    argv.insert(argv.end(), command.begin(), command.end());
    return testing::RunProgram(argv);
  }
  unique_fd ConnectUnix() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, socket_.size());
    unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
    return fd;
  }
  // The program, started by a shell that first does this.
  std::string Wrapped(const std::string& first) const {
    const std::string script = folder_ / "wrapped";
    std::ofstream(script) << "#!/bin/sh\n" << first << "\nexec '" << LOCKSCOPE_PROGRAM << "' \"$@\"\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    return script;
  }
  testing::TestFolder folder_;
  // virsh takes the socket's path out of an address, where a space would end it.
  std::string socket_ = "/tmp/lockscope-serve-test-" + std::to_string(::getpid());
};

// poll(2) refuses more entries than the process may have descriptors, hard limit and all.
TEST_F(ServeTest, ClientsComeAndGoHoweverFewDescriptorsThereMayBe) {
  Served served(Wrapped("ulimit -n 64"), {"--socket", socket_, "--max-clients", "45"});
  std::deque<rpc::Caller> clients;
  for (int i = 0; i < 120; ++i) {
    if (clients.size() == 40) clients.pop_front();
    Result<rpc::Caller> client = rpc::Caller::Connect(socket_, "client");
    ASSERT_TRUE(client && client->Open("test:///default")) << i;
    clients.push_back(std::move(*client));
  }
  const Ran hostname = Virsh({"hostname"});
  EXPECT_EQ(hostname.status, 0) << hostname.err;
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  EXPECT_THAT(served.Errors(), Not(HasSubstr("check failed")));
}

TEST_F(ServeTest, VirshAsksForTheHostnameAndListsTheDomains) {
  const std::string out = folder_ / "day.lockscope";
  Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "-o", out, "--workers", "2"});
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

TEST_F(ServeTest, EveryThreadOfARecordingHasANameOfItsOwn) {
  const std::string out = folder_ / "day.lockscope";
  Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "-o", out, "--workers", "1"});
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  std::vector<std::string_view> names;
  for (const ObjectId thread : trace->threads()) names.push_back(trace->Name(thread));
  EXPECT_THAT(names, ::testing::ElementsAre("leader", "event loop", "worker-1"));
}

TEST_F(ServeTest, ARecordingOfContendedAcquisitionsSaysSoAndKnowsTheCalls) {
  const std::string out = folder_ / "day.lockscope";
  Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "-o", out, "--contended"});
  EXPECT_EQ(Virsh({"hostname"}).status, 0);
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  const Ran check = testing::RunProgram({LOCKSCOPE_PROGRAM, "check", out});
  EXPECT_EQ(check.status, 0) << check.out << check.err;
  EXPECT_THAT(check.out, HasSubstr("the recording has only acquisitions that had to wait"));
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_GT(std::ranges::count(trace->events(), EventKind::kJobTaken, &trace::Event::kind), 5);
}

TEST_F(ServeTest, AKilledDaemonsRecordingAndSocketAreOfUse) {
  const std::string out = folder_ / "killed.lockscope";
  {
    Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "-o", out});
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

  Served again(LOCKSCOPE_PROGRAM, {"--socket", socket_});
  EXPECT_THAT(again.first_line(), HasSubstr("serving on"));
  EXPECT_EQ(Virsh({"hostname"}).status, 0);
  EXPECT_EQ(again.Stop(SIGINT), 0) << "Ctrl-C ends it in order";
}

TEST_F(ServeTest, ItEndsInOrderWithItsTerminalUnlessItWasToldToOutliveIt) {
  const std::string out = folder_ / "day.lockscope";
  {
    Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "-o", out});
    EXPECT_EQ(served.Stop(SIGHUP), 0);
    const Result<trace::Trace> trace = trace::ReadTrace(out);
    ASSERT_TRUE(trace) << trace.error().message;
    EXPECT_TRUE(trace->info().finished);
  }
  Served served(Wrapped("trap '' HUP"), {"--socket", socket_});
  served.Signal(SIGHUP);
  EXPECT_EQ(Virsh({"hostname"}).status, 0);
  EXPECT_EQ(served.Stop(SIGTERM), 0);
}

TEST_F(ServeTest, AFullDiskIsSaidAtOnceAndTheDaemonServesOn) {
  const std::string out = folder_ / "day.lockscope";
  Served served(Wrapped("trap '' XFSZ; ulimit -f 5000"), {"--socket", socket_, "-o", out});
  Result<rpc::Caller> alice = rpc::Caller::Connect(socket_, "alice");
  ASSERT_TRUE(alice && alice->Open("test:///default"));
  while (served.Errors().empty()) ASSERT_TRUE(alice->Hostname());
  EXPECT_THAT(served.Errors(),
              StartsWith("lockscope: " + out + ": cannot be written: File too large; until there is room"));
  ASSERT_TRUE(alice->Close());
  EXPECT_EQ(served.Stop(SIGTERM), 0) << "its finished form is smaller";
  EXPECT_EQ(std::ranges::count(served.Errors(), '\n'), 1) << served.Errors();
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_GT(trace->size(), 50'000u);
}

TEST_F(ServeTest, WhatWasLostIsSaidAtTheEnd) {
  const std::string out = folder_ / "day.lockscope";
  Served served(Wrapped("trap '' XFSZ; ulimit -f 5000"), {"--socket", socket_, "-o", out});
  Result<rpc::Caller> alice = rpc::Caller::Connect(socket_, "alice");
  ASSERT_TRUE(alice && alice->Open("test:///default"));
  for (int i = 0; i < 8'000; ++i) ASSERT_TRUE(alice->Hostname());
  ASSERT_TRUE(alice->Close());
  EXPECT_EQ(served.Stop(SIGTERM), 0) << served.Errors();
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_GT(trace->info().dropped_events, 0u);
  EXPECT_THAT(served.ReadLine(), StartsWith("recorded "));
  EXPECT_EQ(served.ReadLine(), fmt::format("lost     {} events", trace->info().dropped_events));
}

TEST_F(ServeTest, TwoSignalsEndItOnce) {
  const std::string out = folder_ / "day.lockscope";
  Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "-o", out});
  served.Signal(SIGTERM);
  served.Signal(SIGINT);
  EXPECT_EQ(served.Stop(SIGTERM), 0) << "and a third one, which may find it gone";
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_TRUE(trace->info().finished);
  EXPECT_EQ(std::ranges::count(trace->events(), EventKind::kLoopEnded, &trace::Event::kind), 1);
}

TEST_F(ServeTest, WithNobodyToServeItEndsWhenItIsTold) {
  Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "--idle-timeout", "0.05"});
  EXPECT_EQ(served.AwaitEnd(), 0);
}

TEST_F(ServeTest, OneClientTooManyIsToldSo) {
  Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_, "--max-clients", "1"});
  const unique_fd first = ConnectUnix();
  ASSERT_TRUE(first.valid());
  const Ran virsh = Virsh({"hostname"});  // Accepted after the first, as connections wait in order.
  EXPECT_EQ(virsh.status, 1);
  EXPECT_EQ(virsh.err,
            "error: failed to connect to the hypervisor\nerror: too many clients; the daemon serves at most 1\n");
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  EXPECT_EQ(served.Errors(), "lockscope: client-2 is turned away: too many clients\n");
}

TEST_F(ServeTest, TheSocketIsPrivateUnlessToldOtherwise) {
  for (const std::string mode : {"", "0660"}) {
    std::vector<std::string> arguments = {"--socket", socket_};
    if (!mode.empty()) arguments.insert(arguments.end(), {"--socket-mode", mode});
    const Served served(LOCKSCOPE_PROGRAM, arguments);
    struct stat status {};
    ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, mode.empty() ? 0600u : 0660u);
  }
}

TEST_F(ServeTest, TheAddressThatItPrintsCanBePasted) {
  const std::string path = folder_ / "a socket";
  Served served(LOCKSCOPE_PROGRAM, {"--socket", path});
  ASSERT_EQ(served.uris().size(), 1u);
  const Ran virsh = testing::RunProgram({"virsh", "-c", served.uris()[0], "hostname"});
  EXPECT_EQ(virsh.out, "lockscope\n\n") << virsh.err;
}

TEST_F(ServeTest, OptionsThatCannotBeMeantAreOneLine) {
  const auto complaint = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {LOCKSCOPE_PROGRAM, "serve"});
    const Ran ran = testing::RunProgram(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    return ran.err;
  };
  EXPECT_THAT(complaint({}),
              HasSubstr("nowhere to listen; expected --socket PATH, --tcp PORT or --tls PORT --pki DIR"));
  EXPECT_THAT(complaint({"--tls", "0"}), HasSubstr("--tls and --pki need each other: --pki DIR is missing"));
  EXPECT_THAT(complaint({"--tcp", "0", "--pki", "x"}), HasSubstr("--tls PORT is missing"));
  EXPECT_THAT(complaint({"--tcp", "0", "--socket-mode", "0660"}), HasSubstr("--socket-mode needs --socket"));
  EXPECT_THAT(complaint({"--socket", "x", "--socket-mode", "rw"}), HasSubstr("'rw' is no mode"));
  EXPECT_THAT(complaint({"--tcp", "0", "--workers", "4", "--max-workers", "2"}),
              HasSubstr("--max-workers 2 is less than --workers 4"));
  EXPECT_THAT(complaint({"--tcp", "0", "--max-clients", "0"}), HasSubstr("--max-clients"));
  EXPECT_THAT(complaint({"--tcp", "http"}), HasSubstr("--tcp: 'http' is no TCP address"));
  EXPECT_THAT(complaint({"--tls", "0", "--pki", folder_ / "none"}), HasSubstr("none/cacert.pem: cannot be opened"));
}

TEST_F(ServeTest, WhereItCannotListenOrRecordItSaysSoInOneLineAndLeavesNothing) {
  const auto complaint = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {LOCKSCOPE_PROGRAM, "serve"});
    const Ran ran = testing::RunProgram(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    return ran.err;
  };
  const std::string no_folder = folder_ / "none/daemon.sock";
  EXPECT_EQ(complaint({"--socket", no_folder}),
            fmt::format("lockscope: {}: cannot listen there: No such file or directory\n", no_folder));
  const std::string too_long = folder_ / std::string(120, 'x');
  EXPECT_EQ(complaint({"--socket", too_long}),
            fmt::format("lockscope: {}: a socket's path has 1 to 107 bytes, this has {}\n", too_long, too_long.size()));
  const std::string file = folder_ / "file";
  testing::WriteWhole(file, "precious");
  EXPECT_EQ(complaint({"--socket", file}),
            fmt::format("lockscope: {}: cannot listen there: something else than a socket has that name\n", file));
  EXPECT_TRUE(std::filesystem::exists(file));

  const Served other(LOCKSCOPE_PROGRAM, {"--tcp", "127.0.0.1:0"});
  const std::string uri = other.uris().at(0);
  const std::string port = uri.substr(uri.rfind(':') + 1, uri.rfind('/') - uri.rfind(':') - 1);
  EXPECT_EQ(complaint({"--socket", socket_, "--tcp", "127.0.0.1:" + port}),
            fmt::format("lockscope: 127.0.0.1:{}: cannot listen there: Address already in use\n", port));
  EXPECT_FALSE(std::filesystem::exists(socket_)) << "which it had begun to listen on";
  EXPECT_THAT(complaint({"--tcp", "198.51.100.1:0"}),
              HasSubstr("cannot listen there: Cannot assign requested address"));

  EXPECT_THAT(complaint({"--socket", socket_, "-o", folder_ / "none/day.lockscope"}), HasSubstr("none/day.lockscope"));
  EXPECT_FALSE(std::filesystem::exists(socket_));
  if (::geteuid() != 0) {
    EXPECT_THAT(complaint({"--socket", "/daemon.sock"}), HasSubstr("cannot listen there: Permission denied"));
  }
}

TEST_F(ServeTest, ASecondDaemonLeavesTheFirstAlone) {
  Served served(LOCKSCOPE_PROGRAM, {"--socket", socket_});
  const Ran second = testing::RunProgram({LOCKSCOPE_PROGRAM, "serve", "--socket", socket_});
  EXPECT_EQ(second.status, 2);
  EXPECT_EQ(second.err, "lockscope: " + socket_ + ": cannot listen there: another daemon does\n");
  EXPECT_EQ(Virsh({"hostname"}).status, 0);
  EXPECT_EQ(served.Stop(SIGTERM), 0);
}

}  // namespace
}  // namespace lockscope
