// The daemon on a real socket, with real signals and real threads. No test here waits for a time: calls last until the
// test lets them go, and what threads do is seen in the recording.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <deque>
#include <future>
#include <optional>

#include "core/daemon/leader.h"
#include "core/daemon/memory_driver.h"
#include "core/daemon/unix_listener.h"
#include "core/rpc/caller.h"
#include "core/rpc/unix_socket.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/support/latch_driver.h"
#include "tests/support/live_daemon.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"
#include "tests/support/temporary_folder.h"

namespace lockscope::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LatchDriver;
using testing::LiveDaemon;
using testing::NaiveComplaints;
using testing::RecordedRun;
using testing::StepsOfKind;
using testing::StepsWhere;
using trace::EventKind;
using trace::Trace;

// Client programs, each with a thread, a connection and one call domain_by_name(NAME).
class Programs {
 public:
  void Start(LiveDaemon& daemon, const std::string& name) {
    threads_.emplace_back("program " + name, sync::Role::kClientProgram, [&daemon, name] {
      rpc::Caller caller = daemon.Connect(name);
      EXPECT_TRUE(caller.Open("test:///default"));
      const Result<rpc::DomainRef> domain = caller.DomainByName(name);
      ASSERT_TRUE(domain) << domain.error().message;
      EXPECT_EQ(domain->name, name);
    });
  }
  void Join() {
    for (sync::Thread& thread : threads_) thread.Join();
  }

 private:
  std::deque<sync::Thread> threads_;
};

TEST(LiveDaemonTest, ACallGoesFromTheSocketToTheDriverAndBack) {
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  rpc::Caller alice = daemon.Connect("alice");
  ASSERT_TRUE(alice.Open("test:///default"));
  EXPECT_EQ(*alice.Hostname(), "lockscope");
  const auto domains = alice.ListAllDomains();
  ASSERT_TRUE(domains);
  ASSERT_EQ(domains->size(), 1u);
  EXPECT_EQ(domains->front().name, "test");
  EXPECT_EQ(alice.DomainState(domains->front())->state, 1);
  const auto nobody = alice.DomainByName("nobody");
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, HasSubstr("error 42"));
  ASSERT_TRUE(alice.Close());
  daemon.End();
  const Trace trace = run.Finish();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(trace.Name(trace.event(StepsOfKind(trace, EventKind::kClientAccepted).at(0)).object()), "alice");
}

TEST(LiveDaemonTest, TheFourthClientWaitsWhileThreeWorkersAreInCalls) {
  RecordedRun run;
  LatchDriver driver;
  LiveDaemon daemon(driver, {.workers = 3});
  Programs programs;
  for (const char* name : {"alice", "bob", "carol"}) {
    programs.Start(daemon, name);
    driver.AwaitCall(name);
  }
  programs.Start(daemon, "dave");
  run.Await("event loop", EventKind::kJobQueued,
            7);  // Four times connect_open would need a worker: dave's waits first.
  EXPECT_EQ(driver.inside(), 3u);
  driver.Release("bob");
  driver.AwaitCall("dave");
  for (const char* name : {"alice", "carol", "dave"}) driver.Release(name);
  programs.Join();
  daemon.End();

  const Trace trace = run.Finish();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  std::vector<size_t> queued = StepsOfKind(trace, EventKind::kJobQueued);
  std::erase_if(queued, [&](size_t step) { return trace.Name(trace.event(step).object()) != "dave"; });
  std::vector<size_t> taken = StepsOfKind(trace, EventKind::kJobTaken);
  std::erase_if(taken, [&](size_t step) { return trace.Name(trace.event(step).object()) != "dave"; });
  std::vector<size_t> ended = StepsOfKind(trace, EventKind::kCallEnded);
  std::erase_if(ended, [&](size_t step) { return trace.Name(trace.event(step).object()) != "domain_by_name"; });
  EXPECT_LT(queued.at(0), ended.at(0));
  EXPECT_GT(taken.at(0), ended.at(0));
}

TEST(LiveDaemonTest, ManyClientsGetAllTheirReplies) {
  constexpr int kClients = 8;
  constexpr int kCalls = 60;
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {.workers = 3, .max_client_requests = 2});
  std::deque<sync::Thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back("program", sync::Role::kClientProgram, [&daemon, i] {
      rpc::Caller caller = daemon.Connect("client-" + std::to_string(i));
      ASSERT_TRUE(caller.Open("test:///default"));
      // Several under way at once, some more than the daemon reads: the rest waits in the socket.
      for (int call = 0; call < kCalls; call += 4) {
        std::vector<uint32_t> serials;
        for (int n = 0; n < 4; ++n) serials.push_back(*caller.Send(LS_CONNECT_HOSTNAME));
        for (const uint32_t serial : serials) ASSERT_EQ(caller.Receive(serial)->header().serial, serial);
      }
    });
  }
  for (sync::Thread& thread : threads) thread.Join();
  daemon.End();
  const Trace trace = run.Finish();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kReplyWritten).size(), static_cast<size_t>(kClients * (kCalls + 1)));
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), static_cast<size_t>(kClients));
}

TEST(LiveDaemonTest, ClientsThatGoInTheMiddleOfEverythingLeaveNothingBehind) {
  constexpr int kClients = 6;
  constexpr int kRounds = 25;
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {.workers = 3});
  std::deque<sync::Thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back("program", sync::Role::kClientProgram, [&daemon, i] {
      for (int round = 0; round < kRounds; ++round) {
        rpc::Caller caller = daemon.Connect("client-" + std::to_string(i));
        if (round % 3 != 0) static_cast<void>(caller.Open("test:///default"));
        for (int call = 0; call < round % 4; ++call) static_cast<void>(caller.Send(LS_CONNECT_HOSTNAME));
        if (round % 5 == 0) static_cast<void>(caller.transport().Write(std::vector<std::byte>(3)));
      }  // Gone, whatever is under way.
    });
  }
  for (sync::Thread& thread : threads) thread.Join();
  daemon.End();
  const Trace trace = run.Finish();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientAccepted).size(), StepsOfKind(trace, EventKind::kClientFreed).size());
}

TEST(LiveDaemonTest, ASignalEndsItInOrderAndASecondOneIsHarmless) {
  for (const int signal : {SIGTERM, SIGINT}) {
    RecordedRun run;
    LatchDriver driver;
    LiveDaemon daemon(driver, {.workers = 2, .handle_signals = true});
    Programs programs;
    programs.Start(daemon, "alice");
    driver.AwaitCall("alice");
    ::raise(signal);
    run.Await("event loop", EventKind::kJoinBegan);  // It has seen the signal and waits for the workers.
    ::raise(SIGTERM);
    ::raise(SIGINT);
    EXPECT_EQ(driver.inside(), 1u) << "a call under way is not cut off";
    driver.Release("alice");
    daemon.AwaitEnd();
    programs.Join();  // And its reply arrived.
    EXPECT_FALSE(std::filesystem::exists(daemon.path()));
    const Trace trace = run.Finish();
    EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
    EXPECT_EQ(StepsOfKind(trace, EventKind::kLoopEnded).size(), 1u);
  }
}

// More than her socket holds, and she begins to read when the daemon has begun to end.
TEST(LiveDaemonTest, AtTheEndEachReplyArrivesHoweverFullTheSocketIs) {
  constexpr int kCalls = 120;  // Each reply has some kilobytes, and a socket holds some hundred of them.
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {.workers = 2, .last_replies_ns = 600'000'000'000, .handle_signals = true});
  rpc::Caller alice = daemon.Connect("alice");
  ASSERT_TRUE(alice.Open("test:///default"));
  std::vector<uint32_t> serials;
  for (int i = 0; i < kCalls; ++i) serials.push_back(*alice.Send(LS_CAPABILITIES));
  size_t received = 0;
  while (received < 3 && alice.Receive(serials[received])) ++received;
  ::raise(SIGTERM);
  run.Await("event loop", EventKind::kThreadJoined, 2);  // No worker is left.
  ::raise(SIGTERM);
  ::raise(SIGINT);
  while (alice.Receive(serials[received])) ++received;  // Up to the end of the connection.
  daemon.AwaitEnd();
  const Trace trace = run.Finish();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(received + 1, StepsOfKind(trace, EventKind::kReplyQueued).size()) << "and that of connect_open";
  EXPECT_LT(received, static_cast<size_t>(kCalls)) << "it does not go on reading";
  EXPECT_THAT(StepsOfKind(trace, EventKind::kReplyDropped), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kLoopEnded).size(), 1u);
}

// The quit may come before the loop's first turn, between its look at the flag and its sleep, or during the sleep: all
// of that is hit in some of these rounds. A lost one hangs the test.
TEST(LiveDaemonTest, AQuitIsSeenWheneverItComes) {
  LatchDriver driver;
  for (int round = 0; round < 200; ++round) {
    LiveDaemon daemon(driver, {.workers = 1});
    for (int spin = 0; spin < round * 50; ++spin) asm volatile("");
    daemon.End();
  }
}

TEST(LiveDaemonTest, AQuitBeforeTheStartIsSeen) {
  LatchDriver driver;
  const testing::TemporaryFolder folder;
  const auto poller = std::move(*loop::PollPoller::Create());
  const auto listener = std::move(*UnixListener::Bind(folder.File("daemon.sock"), *poller));
  Leader leader({}, *poller, *listener, driver);
  sync::AssertNothingHeld();
  ASSERT_TRUE(leader.Prepare());
  leader.RequestQuit();
  leader.Run();
}

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
constexpr bool kUbsanNeedsDescriptors = true;
#else
constexpr bool kUbsanNeedsDescriptors = false;
#endif
#else
constexpr bool kUbsanNeedsDescriptors = false;
#endif

// The limit of open files of the process, for a scope.
class OpenFileLimit {
 public:
  explicit OpenFileLimit(rlim_t limit) {
    LS_CHECK(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit lower{limit, before_.rlim_max};
    LS_CHECK(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
  }
  ~OpenFileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// accept(2) fails with EMFILE while the limit is low. The connection waits, and the loop must not turn for it.
TEST(LiveDaemonTest, WithoutDescriptorsTheLoopRestsAndTheConnectionWaits) {
  if (kUbsanNeedsDescriptors)
    GTEST_SKIP() << "UBSan looks at memory through a pipe: without descriptors it sees faults";
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  std::vector<std::string> log;
  std::promise<void> told;
  LiveDaemon daemon(driver, {.log = [&](const std::string& line) {
                      log.push_back(line);
                      if (log.size() == 1) told.set_value();
                    }});
  rpc::Caller alice = daemon.Connect("alice");
  ASSERT_TRUE(alice.Open("test:///default"));
  std::optional<rpc::Caller> bob;
  {
    // A new descriptor gets the lowest number that is free: bob's own end is the last one that there may be.
    const int last = unique_fd(::dup(0)).get();
    const OpenFileLimit limit(static_cast<rlim_t>(last) + 1);
    bob = daemon.Connect("bob");
    told.get_future().wait();
    ASSERT_TRUE(alice.Hostname()) << "others are served meanwhile";
  }
  ASSERT_TRUE(bob->Open("test:///default")) << "he has waited for a while, and not for ever";
  ASSERT_TRUE(bob->Close());
  ASSERT_TRUE(alice.Close());
  daemon.End();
  const Trace trace = run.Finish();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  const size_t tries = StepsWhere(trace, [&](size_t step) {
                         return trace.event(step).kind() == EventKind::kCallbackBegan &&
                                trace.Name(trace.event(step).object()) == "listener";
                       }).size();
  const size_t pauses = StepsOfKind(trace, EventKind::kTimerFired).size();
  EXPECT_GE(pauses, 1u);
  EXPECT_EQ(tries, 2 + pauses) << "one for each of the two clients, and one before each pause";
  ASSERT_EQ(log.size(), 1u) << "one line, however many tries";
  EXPECT_THAT(log[0], HasSubstr("cannot accept a connection: Too many open files; trying again every 100 ms"));
}

TEST(LiveDaemonTest, TheNextDaemonOnThePathIsWelcome) {
  MemoryDriver driver({}, sync::SleepFor);
  for (int round = 0; round < 3; ++round) {
    LiveDaemon daemon(driver, {});
    rpc::Caller alice = daemon.Connect("alice");
    ASSERT_TRUE(alice.Open("test:///default"));
    daemon.End();
    EXPECT_FALSE(alice.Hostname()) << "the connection has ended with the daemon";
  }
}

}  // namespace
}  // namespace lockscope::daemon
