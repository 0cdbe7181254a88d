// Events with real threads: several who cause them, several who listen, and some who come and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <map>

#include "core/daemon/memory_driver.h"
#include "core/rpc/unix_socket.h"
#include "tests/support/live_daemon.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"

namespace lockscope::daemon {
namespace {

using ::testing::IsEmpty;
using testing::LiveDaemon;
using testing::RecordedRun;
using testing::StepsOfKind;
using trace::EventKind;

constexpr int kChangers = 3;
constexpr int kListeners = 2;
constexpr int kRounds = 40;

MemoryDriverConfig ManyDomains() {
  MemoryDriverConfig config;
  config.domains.clear();
  for (uint8_t i = 0; i < kChangers; ++i) {
    config.domains.push_back({.ref = {fmt::format("domain-{}", i), {i}, i + 1}, .status = {DomainState::kRunning, 0}});
  }
  return config;
}

// Suspends and resumes a domain of its own, one call after the other.
void Change(LiveDaemon& daemon, const DomainRef& domain) {
  rpc::Caller caller = daemon.Connect(domain.name);
  ASSERT_TRUE(caller.Open("test:///default"));
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(caller.Suspend(domain));
    ASSERT_TRUE(caller.Resume(domain));
  }
  ASSERT_TRUE(caller.Close());
}

// Hears all of it, and of each domain in the order in which it happened.
void Listen(rpc::Caller& caller) {
  std::map<std::string, int32_t> last;
  for (int heard = 0; heard < 2 * kRounds * kChangers; ++heard) {
    const Result<rpc::LifecycleEvent> event = caller.NextEvent();
    ASSERT_TRUE(event) << event.error().message;
    const auto suspended = static_cast<int32_t>(Lifecycle::kSuspended);
    const auto resumed = static_cast<int32_t>(Lifecycle::kResumed);
    int32_t& before = last.try_emplace(event->domain.name, resumed).first->second;
    ASSERT_EQ(event->event, before == resumed ? suspended : resumed) << event->domain.name;
    before = event->event;
  }
  ASSERT_TRUE(caller.Close());
}

void ComeAndGo(LiveDaemon& daemon, const std::atomic<int>& changing) {
  while (changing > 0) {
    rpc::Caller caller = daemon.Connect("passer-by");
    ASSERT_TRUE(caller.Open("test:///default", true));
    ASSERT_TRUE(caller.Subscribe());
  }  // Gone, whatever it is being told.
}

TEST(EventStormTest, WhoListensHearsEverythingInOrderWhoeverComesAndGoes) {
  RecordedRun run;
  MemoryDriver driver(ManyDomains(), sync::SleepFor);
  LiveDaemon daemon(driver, {.workers = 3});
  std::deque<rpc::Caller> listeners;
  for (int i = 0; i < kListeners; ++i) {
    listeners.push_back(daemon.Connect(fmt::format("listener-{}", i)));
    ASSERT_TRUE(listeners.back().Open("test:///default", true));
    ASSERT_TRUE(listeners.back().Subscribe());
  }
  std::atomic<int> changing = kChangers;
  std::deque<sync::Thread> threads;
  for (rpc::Caller& listener : listeners) {
    threads.emplace_back("listener", sync::Role::kClientProgram, [&listener] { Listen(listener); });
  }
  for (const Domain& domain : ManyDomains().domains) {
    threads.emplace_back("changer", sync::Role::kClientProgram, [&daemon, &changing, domain] {
      Change(daemon, domain.ref);
      --changing;
    });
  }
  threads.emplace_back("passer-by", sync::Role::kClientProgram, [&] { ComeAndGo(daemon, changing); });
  for (sync::Thread& thread : threads) thread.Join();
  daemon.End();
  const trace::Trace trace = run.Finish();
  EXPECT_THAT(testing::NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kEventQueued).size(),
            StepsOfKind(trace, EventKind::kEventWritten).size() + StepsOfKind(trace, EventKind::kEventDropped).size());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), StepsOfKind(trace, EventKind::kClientAccepted).size());
}

// It never reads, and its socket is as small as the kernel allows: what is queued for it stays on tx.
TEST(EventStormTest, AClientThatNeverReadsEndsAndDisturbsNobody) {
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {.workers = 2, .max_event_bytes = 10'000});
  rpc::Caller deaf = daemon.Connect("deaf");
  ASSERT_TRUE(deaf.Open("test:///default"));
  ASSERT_TRUE(deaf.Subscribe());
  rpc::Caller alice = daemon.Connect("alice");
  ASSERT_TRUE(alice.Open("test:///default"));
  const DomainRef domain = DefaultDomains().front().ref;
  while (daemon.client_count() == 2) {
    ASSERT_TRUE(alice.Suspend(domain));
    ASSERT_TRUE(alice.Resume(domain));
  }
  EXPECT_EQ(*alice.Hostname(), "lockscope");
  while (deaf.NextEvent()) {
  }  // Up to the end of the connection, what the socket had room for.
  daemon.End();
  const trace::Trace trace = run.Finish();
  EXPECT_THAT(testing::NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kBacklogFull).size(), 1u);
}

}  // namespace
}  // namespace lockscope::daemon
