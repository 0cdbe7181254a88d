// How many controlled runs a second: four threads of 20 lock/unlock pairs each, and the whole daemon with three workers and
// four clients of two calls each, on pipes in memory. Recorded to memory, on one core.
//
// Beside each the same work without a schedule, in turn in the same run: the pairs on a bare std::mutex in one thread, and
// the floor: as many hand-overs between as many fibers as such a run has on average, to one chosen by chance, and nothing
// else. And what this machine takes for a hand-over of Boost.Context as it comes, between two fibers that do nothing else. A
// second is one of processor time, so that others on the machine count less. The median of the rounds is printed.
//
// Usage: controlled_runs [ROUNDS]
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/scenario/controlled_run.h"
#include "core/scenario/scenario_reader.h"
#include "core/sched/controlled_runtime.h"
#include "core/sched/fiber.h"
#include "core/sched/stack_pool.h"
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

int64_t ProcessorNs() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

template <typename Body>
double RunsPerSecond(int runs, const Body& body) {
  const int64_t start_ns = ProcessorNs();
  for (int i = 0; i < runs; ++i) body(i);
  return runs * 1e9 / static_cast<double>(ProcessorNs() - start_ns);
}

void BarePairs(int /*run*/) {
  static std::mutex mutex;
  for (int i = 0; i < kThreads * kPairs; ++i) {
    mutex.lock();
    mutex.unlock();
  }
}

// How often the runs of LockPairs went from one thread to another, and how many they were.
struct HandOvers {
  uint64_t count = 0;
  uint64_t runs = 0;
};
HandOvers counted;

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
  counted.count += runtime.hand_overs();
  ++counted.runs;
}

// The fibers of one run of the floor.
class FloorRun {
 public:
  explicit FloorRun(uint64_t hand_overs) : left_(hand_overs) {
    for (size_t i = 0; i <= kThreads; ++i) {
      fibers_.push_back(std::make_unique<sched::Fiber>(
          stacks_.Take(), [this, i] { Turn(i); }, [this, i]() -> sched::Fiber& { return AfterEndOf(i); }));
    }
  }
  void Run() { fibers_.front()->Resume(home_); }

 private:
  void Turn(size_t self) {
    while (left_ > 0) {
      --left_;
      // The middle bits of a multiplicative generator (Knuth's constants of MMIX): what is as good as chance to a processor.
      random_ = random_ * 6364136223846793005u + 1442695040888963407u;
      const size_t next = (random_ >> 33) % fibers_.size();
      if (next != self) fibers_[next]->Resume(*fibers_[self]);
    }
  }
  sched::Fiber& AfterEndOf(size_t self) {
    for (size_t i = 0; i < fibers_.size(); ++i) {
      if (i != self && !fibers_[i]->ended()) return *fibers_[i];
    }
    return home_;
  }

  sched::StackSet stacks_;
  sched::Fiber home_ = sched::Fiber::OfThisThread();
  std::vector<std::unique_ptr<sched::Fiber>> fibers_;
  uint64_t left_;
  uint64_t random_ = 1;
};

double FloorRuns(int runs) {
  const uint64_t hand_overs = counted.count / std::max<uint64_t>(counted.runs, 1);
  return RunsPerSecond(runs, [hand_overs](int) { FloorRun(hand_overs).Run(); });
}

// A fiber that hands over to whoever handed over to it.
void HandBack(boost::context::detail::transfer_t arrived) {
  while (true) arrived = boost::context::detail::jump_fcontext(arrived.fctx, nullptr);
}

double HandOverNs() {
  constexpr int kTimes = 100'000;
  static sched::StackSet stacks;
  static const sched::Stack stack = stacks.Take();
  boost::context::detail::transfer_t other{
      boost::context::detail::make_fcontext(stack.bottom + stack.bytes, stack.bytes, &HandBack), nullptr};
  const double there_and_back =
      RunsPerSecond(kTimes, [&other](int) { other = boost::context::detail::jump_fcontext(other.fctx, nullptr); });
  return 1e9 / there_and_back / 2;
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
  std::vector<double> floor;
  std::vector<double> hand_over_ns;
  std::vector<double> daemon;
  std::vector<double> built;
  for (int round = 0; round < rounds; ++round) {
    bare.push_back(RunsPerSecond(kLockRuns, BarePairs));
    locks.push_back(LockRuns(kLockRuns));
    floor.push_back(FloorRuns(kLockRuns));
    hand_over_ns.push_back(HandOverNs());
    daemon.push_back(DaemonRuns(kDaemonRuns, false));
    built.push_back(DaemonRuns(kDaemonRuns, true));
  }
  fmt::print("median of {} rounds, runs a second of processor time\n", rounds);
  fmt::print("bare        {:>12.0f}   {} pairs of a std::mutex, one thread\n", Median(bare), kThreads * kPairs);
  fmt::print("locks       {:>12.0f}   {} controlled threads of {} pairs each; 1 : {:.1f} of bare\n", Median(locks),
             kThreads, kPairs, Median(bare) / Median(locks));
  fmt::print("floor       {:>12.0f}   {} hand-overs between {} fibers, and nothing else; 1 : {:.1f} of bare\n",
             Median(floor), counted.count / counted.runs, kThreads + 1, Median(bare) / Median(floor));
  fmt::print("hand-over   {:>12.1f}   ns, of Boost.Context as it comes, between two fibers\n", Median(hand_over_ns));
  fmt::print("daemon      {:>12.0f}   3 workers, 4 clients of 2 calls\n", Median(daemon));
  fmt::print("and a trace {:>12.0f}   the same, and from each recording a trace that can be looked at\n",
             Median(built));
  return 0;
}

}  // namespace
}  // namespace lockscope

int main(int argc, char** argv) { return lockscope::Main(argc, argv); }
