// The whole daemon – leader, loop, workers, clients that come and go, the end in the middle of it – with one thread at
// a time, under one order of things after another. A run in which something hangs is stuck, which the runtime sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "core/base/check.h"
#include "core/daemon/leader.h"
#include "core/daemon/memory_driver.h"
#include "core/rpc/caller.h"
#include "core/scenario/controlled_listener.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/support/controlled_record.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"

namespace lockscope::daemon {
namespace {

using testing::ControlledRecord;
using ::testing::IsEmpty;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using trace::EventKind;
using trace::Trace;

// What is wanted of one run.
struct Plan {
  int workers = 2;
  int max_workers = 0;
  bool end_early = false;  // The daemon is asked to end while clients still call.
};

class SeededRun {
 public:
  SeededRun(const Plan& plan, uint64_t seed) : plan_(plan), seed_(seed) {
    const std::unique_ptr<sched::Strategy> strategy = sched::MakeSeeded(seed);
    record_ = testing::RecordControlled(*strategy, [this](sched::ControlledRuntime& runtime) { Everything(runtime); });
  }
  int answered() const { return answered_; }
  sched::RunEnd end() const { return record_.end; }
  const Trace& trace() const { return record_.trace; }

  static constexpr int kCalls = 3 + 4 + 2 + 4;  // That are answered if the daemon does not end early; four open.

 private:
  void Everything(sched::ControlledRuntime& runtime) {
    sync::AssertNothingHeld();
    sched::ControlledPoller poller(runtime);
    scenario::ControlledListener listener(runtime, poller);
    MemoryDriver driver({.script = {{"hostname", {{.delay_ns = 30'000}, {.delay_ns = 0}, {.delay_ns = 90'000}}}}},
                        sync::SleepFor);
    Leader leader({.workers = plan_.workers, .max_workers = plan_.max_workers, .max_client_requests = 2}, poller,
                  listener, driver);
    LS_CHECK(leader.Prepare().has_value());
    std::deque<sync::Thread> programs;
    const auto start = [&](const std::string& name, const std::function<void(rpc::Caller&)>& calls, int times = 1) {
      programs.emplace_back(name, sync::Role::kClientProgram, [this, &listener, name, calls, times] {
        for (int i = 0; i < times; ++i) Connected(listener, name, calls);
      });
    };
    start("one-by-one", [this](rpc::Caller& caller) {
      for (int i = 0; i < 3; ++i) AwaitReply(caller, caller.Send(LS_CONNECT_HOSTNAME));
    });
    start("at-once", [this](rpc::Caller& caller) {
      std::vector<Result<uint32_t>> serials;
      for (int i = 0; i < 4; ++i) serials.push_back(caller.Send(LS_CONNECT_HOSTNAME));
      for (const Result<uint32_t>& serial : serials) AwaitReply(caller, serial);
    });
    start(
        "hasty",
        [this](rpc::Caller& caller) {
          AwaitReply(caller, caller.Send(LS_CONNECT_HOSTNAME));
          for (int n = 0; n < 3; ++n) static_cast<void>(caller.Send(LS_CONNECT_HOSTNAME));
          sync::SleepFor(60'000);
        },  // Gone, with calls under way.
        2);
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
    quitter.Join();
    if (plan_.end_early) {
      for (sync::Thread& program : programs) program.Join();
    }
  }

  void Connected(scenario::ControlledListener& listener, const std::string& name,
                 const std::function<void(rpc::Caller&)>& calls) {
    Result<std::unique_ptr<rpc::Transport>> transport = listener.Connect(name, std::nullopt);
    if (!transport) return;  // The daemon has ended.
    rpc::Caller caller(std::move(*transport));
    rpc::XdrValue<ls_open_args> args;
    std::vector<std::byte> payload;
    LS_CHECK(rpc::AppendXdr(args, payload).has_value());
    AwaitReply(caller, caller.Send(LS_CONNECT_OPEN, payload));
    calls(caller);
  }
  // To a call that was sent, unless the daemon ends first.
  void AwaitReply(rpc::Caller& caller, const Result<uint32_t>& serial) {
    if (serial && caller.Receive(*serial)) ++answered_;
  }

  const Plan plan_;
  const uint64_t seed_;
  std::atomic<int> answered_ = 0;
  ControlledRecord record_;
};

class DaemonUnderSeedsTest : public ::testing::TestWithParam<Plan> {};

TEST_P(DaemonUnderSeedsTest, KeepsTheRulesAnswersAllCallsAndEnds) {
  size_t broadcasts = 0;  // One a run at its end, and one for each worker that the pool lost before.
  const uint64_t seeds = GetParam().end_early ? 400 : 150;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const SeededRun run(GetParam(), seed);
    const Trace& trace = run.trace();
    ASSERT_EQ(run.end(), sched::RunEnd::kFinished) << "seed " << seed;
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
