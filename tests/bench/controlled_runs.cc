// How many controlled runs a second: four threads of 20 lock/unlock pairs each, and the whole daemon with three workers and
// four clients of two calls each, on pipes in memory. Recorded to memory, on one core.
//
// Beside each the same work without a schedule, in turn in the same run: the pairs on a bare std::mutex in one thread, and
// for the daemon a fixed amount of plain work (that many pairs) as a measure of the machine's mood. The median of the rounds
// is printed.
//
// Usage: controlled_runs [ROUNDS]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/scenario/controlled_run.h"
#include "core/scenario/scenario_reader.h"
#include "core/sched/controlled_runtime.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "core/trace/run_log.h"

namespace lockscope {
namespace {

constexpr int kThreads = 4;
constexpr int kPairs = 20;
constexpr int kLockRuns = 2'000;
constexpr int kDaemonRuns = 100;

constexpr const char* kDaemon = R"({
  "$schema": "scenario-1.schema.json", "title": "bench", "daemon": { "workers": 3 },
  "clients": { "alice": { "calls": ["hostname x2"] }, "bob": { "calls": ["hostname x2"] },
               "carol": { "calls": ["hostname x2"] }, "dave": { "calls": ["hostname x2"] } }
})";

template <typename Body>
double RunsPerSecond(int runs, const Body& body) {
  const int64_t start_ns = MonotonicNs();
  for (int i = 0; i < runs; ++i) body(i);
  return runs * 1e9 / static_cast<double>(MonotonicNs() - start_ns);
}

void BarePairs(int /*run*/) {
  static std::mutex mutex;
  for (int i = 0; i < kThreads * kPairs; ++i) {
    mutex.lock();
    mutex.unlock();
  }
}

void LockPairs(sched::Strategy& strategy, trace::RunLog& log) {
  sched::ControlledRuntime runtime(strategy, {.log = &log});
  const sched::RunEnd end = runtime.Run("first", sync::Role::kNone, [] {
    sync::Mutex mutex(sync::kServerLock, "server");
    const auto body = [&mutex] {
      for (int i = 0; i < kPairs; ++i) const sync::MutexLock lock(mutex);
    };
    sync::Thread one("one", sync::Role::kNone, body);
    sync::Thread two("two", sync::Role::kNone, body);
    sync::Thread three("three", sync::Role::kNone, body);
    sync::Thread four("four", sync::Role::kNone, body);
    one.Join();
    two.Join();
    three.Join();
    four.Join();
  });
  LS_CHECK(end == sched::RunEnd::kFinished);
}

double LockRuns(int runs) {
  trace::RunLog log;
  return RunsPerSecond(runs, [&log](int i) {
    const auto strategy = sched::MakeSeeded(static_cast<uint64_t>(i) + 1);
    LS_CHECK(log.Start().has_value());
    LockPairs(*strategy, log);
    log.Stop();
  });
}

double DaemonRuns(int runs, bool build_trace) {
  static const Result<scenario::Scenario> read = scenario::ParseScenario(kDaemon, "bench");
  LS_CHECK(read.has_value(), "{}", read.error().message);
  static scenario::Scenario scenario = *read;
  return RunsPerSecond(runs, [build_trace](int i) {
    scenario.schedule = scenario::Seed{static_cast<uint64_t>(i) + 1};
    const Result<scenario::ControlledRun> run = scenario::RunControlled(scenario, {.build_trace = build_trace});
    LS_CHECK(run.has_value() && run->end == sched::RunEnd::kFinished);
  });
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int Main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 9;
  std::vector<double> bare;
  std::vector<double> locks;
  std::vector<double> daemon;
  std::vector<double> built;
  for (int round = 0; round < rounds; ++round) {
    bare.push_back(RunsPerSecond(kLockRuns, BarePairs));
    locks.push_back(LockRuns(kLockRuns));
    daemon.push_back(DaemonRuns(kDaemonRuns, false));
    built.push_back(DaemonRuns(kDaemonRuns, true));
  }
  fmt::print("median of {} rounds, runs a second\n", rounds);
  fmt::print("bare        {:>12.0f}   {} pairs of a std::mutex, one thread\n", Median(bare), kThreads * kPairs);
  fmt::print("locks       {:>12.0f}   {} controlled threads of {} pairs each; 1 : {:.1f} of bare\n", Median(locks),
             kThreads, kPairs, Median(bare) / Median(locks));
  fmt::print("daemon      {:>12.0f}   3 workers, 4 clients of 2 calls\n", Median(daemon));
  fmt::print("and a trace {:>12.0f}   the same, and from each recording a trace that can be looked at\n",
             Median(built));
  return 0;
}

}  // namespace
}  // namespace lockscope

int main(int argc, char** argv) { return lockscope::Main(argc, argv); }
