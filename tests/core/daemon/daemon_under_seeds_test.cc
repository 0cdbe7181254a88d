// The whole daemon – leader, loop, workers, clients that come and go, the end in the middle of it – with one thread at
// a time, under one order of things after another. Time is virtual: what would hang runs into a limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "core/base/check.h"
#include "core/daemon/leader.h"
#include "core/daemon/memory_driver.h"
#include "core/rpc/caller.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/support/memory_listener.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"
#include "tests/support/step_runtime.h"

namespace lockscope::daemon {
namespace {

using testing::FakePoller;
using ::testing::IsEmpty;
using testing::MemoryListener;
using testing::NaiveComplaints;
using testing::RecordedRun;
using testing::StepRuntime;
using testing::StepsOfKind;
using trace::EventKind;
using trace::Trace;

constexpr int64_t kLimitNs = 1'000'000'000;

// Sleeps in virtual time: looks, lets the others run, looks again.
class SeedPoller final : public FakePoller {
 public:
  size_t Poll(std::span<loop::PollEntry> entries, int64_t timeout_ns) override {
    const int64_t start_ns = sync::NowNs();
    while (true) {
      {
        const std::lock_guard lock(mu_);
        const size_t ready = Look(entries);
        if (std::exchange(woken_, false) || ready > 0) return ready;
      }
      if (timeout_ns >= 0 && sync::NowNs() - start_ns >= timeout_ns) return 0;
      LS_CHECK(sync::NowNs() < kLimitNs, "the loop sleeps, and nobody will wake it");
      sync::SleepFor(20'000);
    }
  }
  int64_t NowNs() override { return sync::NowNs(); }
};

// What is wanted of one run.
struct Plan {
  int workers = 2;
  int max_workers = 0;
  bool end_early = false;  // The daemon is asked to end while clients still call.
};

class SeededRun {
 public:
  SeededRun(const Plan& plan, uint64_t seed)
      : plan_(plan), seed_(seed), runtime_({.seed = seed, .spurious_wakeups = seed % 3 == 0}) {
    runtime_.Run("leader", sync::Role::kNone, [this] { Everything(); });
  }
  int answered() const { return answered_; }
  Trace Finish() { return recording_.Finish(); }

  static constexpr int kCalls = 3 + 4 + 2;  // That are answered if the daemon does not end early.

 private:
  void Everything() {
    sync::AssertNothingHeld();
    MemoryDriver driver({.script = {{"hostname", {{.delay_ns = 30'000}, {.delay_ns = 0}, {.delay_ns = 90'000}}}}},
                        sync::SleepFor);
    Leader leader({.workers = plan_.workers, .max_workers = plan_.max_workers, .max_client_requests = 2}, poller_,
                  listener_, driver);
    LS_CHECK(leader.Prepare().has_value());
    std::deque<sync::Thread> programs;
    programs.emplace_back("program one-by-one", sync::Role::kClientProgram, [this] {
      rpc::Caller caller = Open("one-by-one");
      for (int i = 0; i < 3; ++i) AwaitReply(caller, caller.Send(LS_CONNECT_HOSTNAME));
    });
    programs.emplace_back("program at-once", sync::Role::kClientProgram, [this] {
      rpc::Caller caller = Open("at-once");
      std::vector<Result<uint32_t>> serials;
      for (int i = 0; i < 4; ++i) serials.push_back(caller.Send(LS_CONNECT_HOSTNAME));
      for (const Result<uint32_t>& serial : serials) AwaitReply(caller, serial);
    });
    programs.emplace_back("program hasty", sync::Role::kClientProgram, [this] {
      for (int i = 0; i < 2; ++i) {
        rpc::Caller caller = Open("hasty");
        AwaitReply(caller, caller.Send(LS_CONNECT_HOSTNAME));
        for (int n = 0; n < 3; ++n) static_cast<void>(caller.Send(LS_CONNECT_HOSTNAME));
        sync::SleepFor(i * 60'000);
      }  // Gone, with calls under way.
    });
    sync::Thread quitter("quitter", sync::Role::kNone, [&] {
      sync::AssertNothingHeld();
      if (plan_.end_early) {
        sync::SleepFor(static_cast<int64_t>(seed_ * 7'919 % 400'000));
      } else {
        for (sync::Thread& program : programs) program.Join();
      }
      leader.RequestQuit();
    });
    leader.Run();
    ended_ = true;
    quitter.Join();
    if (plan_.end_early) {
      for (sync::Thread& program : programs) program.Join();
    }
  }

  rpc::Caller Open(const std::string& name) {
    rpc::Caller caller(listener_.Connect(name));
    rpc::XdrValue<ls_open_args> args;
    std::vector<std::byte> payload;
    LS_CHECK(rpc::AppendXdr(args, payload).has_value());
    const Result<uint32_t> serial = caller.Send(LS_CONNECT_OPEN, payload);
    if (AwaitReply(caller, serial)) --answered_;  // Not one of those counted.
    return caller;
  }
  // To a call that was sent. False where the daemon has ended first.
  bool AwaitReply(rpc::Caller& caller, const Result<uint32_t>& serial) {
    if (!serial) return false;
    while (true) {
      const Result<std::optional<rpc::Message>> reply = caller.TryReceive(*serial);
      if (!reply) return false;
      if (reply->has_value()) {
        ++answered_;
        return true;
      }
      if (ended_) return false;
      LS_CHECK(sync::NowNs() < kLimitNs, "no reply, and none will come");
      sync::SleepFor(15'000);
    }
  }

  const Plan plan_;
  const uint64_t seed_;
  RecordedRun recording_;
  SeedPoller poller_;
  MemoryListener listener_{poller_};
  StepRuntime runtime_;
  // One thread runs at a time.
  int answered_ = 0;
  bool ended_ = false;
};

class DaemonUnderSeedsTest : public ::testing::TestWithParam<Plan> {};

TEST_P(DaemonUnderSeedsTest, KeepsTheRulesAnswersAllCallsAndEnds) {
  size_t broadcasts = 0;  // One a run at its end, and one for each worker that the pool lost before.
  const uint64_t seeds = GetParam().end_early ? 120 : 40;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    SeededRun run(GetParam(), seed);
    const Trace trace = run.Finish();
    ASSERT_THAT(NaiveComplaints(trace), IsEmpty()) << "seed " << seed;
    if (!GetParam().end_early) {
      ASSERT_EQ(run.answered(), SeededRun::kCalls) << "seed " << seed;
    }
    ASSERT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), StepsOfKind(trace, EventKind::kClientAccepted).size())
        << "seed " << seed;
    ASSERT_EQ(StepsOfKind(trace, EventKind::kLoopEnded).size(), 1u) << "seed " << seed;
    broadcasts += StepsOfKind(trace, EventKind::kConditionBroadcast).size();
  }
  EXPECT_EQ(broadcasts > seeds, GetParam().max_workers > 0);
}

INSTANTIATE_TEST_SUITE_P(Plans, DaemonUnderSeedsTest,
                         ::testing::Values(Plan{.workers = 1}, Plan{.workers = 3}, Plan{.workers = 1, .max_workers = 4},
                                           Plan{.workers = 2, .end_early = true}),
                         [](const auto& test) {
                           return fmt::format("{}Workers{}{}", test.param.workers,
                                              test.param.max_workers > 0 ? "OrMore" : "",
                                              test.param.end_early ? "EndEarly" : "");
                         });

}  // namespace
}  // namespace lockscope::daemon
