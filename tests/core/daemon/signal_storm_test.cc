// Signals that interrupt whatever they can: every thread of the process gets them all the time, by a handler that does not
// ask for interrupted calls to be begun anew (no SA_RESTART), while clients come, call, and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <thread>

#include "core/daemon/memory_driver.h"
#include "core/sync/guard.h"
#include "tests/core/rpc/bytes.h"
#include "tests/support/live_daemon.h"
#include "tests/support/naive_rules.h"
#include "tests/support/raw_socket.h"
#include "tests/support/recorded_run.h"
#include "tests/support/signal_storm.h"

namespace lockscope::daemon {
namespace {

using ::testing::IsEmpty;
using testing::LiveDaemon;
using testing::RawSocket;
using testing::RecordedRun;
using testing::SignalStorm;
using testing::StepsOfKind;
using trace::EventKind;

constexpr int kRounds = 20;
constexpr uint64_t kInterruptions = 1'000;

// Everything that a client does, whatever interrupts it; until it has been done so often, and interrupted so often.
void ComeCallAndGo(LiveDaemon& daemon, const DomainRef& domain, std::atomic<size_t>& events) {
  for (int round = 0; round < kRounds || SignalStorm::count() < kInterruptions; ++round) {
    rpc::Caller caller = daemon.Connect(domain.name);
    ASSERT_TRUE(caller.Open("test:///default"));
    ASSERT_TRUE(caller.Subscribe(&domain));
    for (int call = 0; call < 5; ++call) {
      const Result<void> suspended = caller.Suspend(domain);
      ASSERT_TRUE(suspended) << suspended.error().message;
      const Result<void> resumed = caller.Resume(domain);
      ASSERT_TRUE(resumed) << resumed.error().message;
      for (int heard = 0; heard < 2; ++heard, ++events) ASSERT_TRUE(caller.NextEvent());
    }
    ASSERT_TRUE(caller.Close());
  }
}

MemoryDriverConfig ManyDomains(uint8_t count) {
  MemoryDriverConfig config;
  config.domains.clear();
  for (uint8_t i = 0; i < count; ++i) {
    config.domains.push_back({.ref = {fmt::format("domain-{}", i), {i}, i + 1}, .status = {DomainState::kRunning, 0}});
  }
  // Some sleep, too.
  config.script["domain_resume"] = {{}, {}, {.delay_ns = 200'000}};
  return config;
}

TEST(SignalStormTest, NothingIsLostOrBrokenByInterruptedSystemCalls) {
  constexpr uint8_t kClients = 3;
  RecordedRun run;
  const MemoryDriverConfig config = ManyDomains(kClients);
  MemoryDriver driver(config, sync::SleepFor);
  LiveDaemon daemon(driver, {.workers = 2, .handle_signals = true});
  std::atomic<size_t> events = 0;
  {
    const SignalStorm storm;
    std::deque<sync::Thread> threads;
    for (const Domain& domain : config.domains) {
      threads.emplace_back("client", sync::Role::kClientProgram, [&] { ComeCallAndGo(daemon, domain.ref, events); });
    }
    // More than a socket holds, so that both ends wait in the middle of it.
    RawSocket socket(daemon.path());
    const rpc::Bytes large = rpc::NaivePacket({.procedure = LS_AUTH_LIST}, rpc::Bytes(4 << 20));
    for (int round = 0; round < 5; ++round) {
      ASSERT_TRUE(socket.Send(large));
      ASSERT_TRUE(socket.Receive().has_value());
    }
    for (sync::Thread& thread : threads) thread.Join();
  }
  {
    rpc::Caller fresh = daemon.Connect("fresh");
    ASSERT_TRUE(fresh.Open("test:///default"));
    EXPECT_TRUE(fresh.Hostname());
  }
  while (daemon.client_count() > 0) std::this_thread::yield();
  daemon.End();
  const trace::Trace trace = run.Finish();
  EXPECT_THAT(testing::NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), StepsOfKind(trace, EventKind::kClientAccepted).size());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kEventWritten).size(), events.load());
}

}  // namespace
}  // namespace lockscope::daemon
