// What watching a lock costs, as ratios to a bare std::mutex of the same run.
//
// A second thread is parked all the while: glibc (from 2.34 on) leaves the atomics out of mutexes while a process has one
// thread, and any recorder has two. The variants are run in turn, over and over, in slices short enough to fit into a
// scheduler's, and each is compared with the bare one of the same round; the median of those ratios is printed. No absolute
// times: they mean nothing on a shared machine.
//
// "The floor" is what any recorder pays that stamps both ends of a hold: two time stamps and two stores of 16 bytes into a
// small buffer that is used over and over, with the bare lock around them and without it.
//
// Usage: lock_cost [ROUNDS]
//        lock_cost --bare SECONDS one|two|job   only what is bare, in one of the three tables: prints nanoseconds a pair or job
//                                               (other_tracers.sh compares them with the same under another tracer)
//        lock_cost --event                      only what an event costs at the floor: prints nanoseconds
//                                               (daemons.sh compares them with what a call costs)
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/sync/condition_variable.h"
#include "core/sync/guard.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "core/sync/thread_state.h"
#include "core/trace/recorder.h"

namespace lockscope {
namespace {

constexpr int kPairs = 50'000;
constexpr int kJobs = 1'000;
constexpr int kWarmUp = 10;  // Slices: enough to use every chunk of the ring once.

// Two 16-byte events for each pair, into a buffer of 32 KiB.
class StampBuffer {
 public:
  void Stamp() {
    volatile uint64_t* const slot = words_.data() + at_;
    slot[0] = ReadTicks();
    slot[1] = at_;
    at_ = (at_ + 2) & (words_.size() - 1);
  }

 private:
  std::array<uint64_t, 4096> words_{};
  size_t at_ = 0;
};

// What one thread does for one slice: so many pairs.
void BarePairs() {
  std::mutex mutex;
  for (int i = 0; i < kPairs; ++i) {
    mutex.lock();
    mutex.unlock();
  }
}

void Stamps() {
  StampBuffer buffer;
  for (int i = 0; i < kPairs; ++i) {
    buffer.Stamp();
    buffer.Stamp();
  }
}

void StampedPairs() {
  std::mutex mutex;
  StampBuffer buffer;
  for (int i = 0; i < kPairs; ++i) {
    mutex.lock();
    buffer.Stamp();
    buffer.Stamp();
    mutex.unlock();
  }
}

void OurPairs() {
  sync::Mutex mutex(sync::kServerLock, "bench");
  for (int i = 0; i < kPairs; ++i) {
    mutex.lock();
    mutex.unlock();
  }
}

// What a queue of jobs is made of, ours and the standard library's.
struct BareParts {
  using Lock = std::unique_lock<std::mutex>;
  void Wait(std::condition_variable& condition, Lock& lock) { condition.wait(lock); }
  void Signal(std::condition_variable& condition) { condition.notify_one(); }

  std::mutex mutex;
  std::condition_variable filled;
  std::condition_variable done;
};

struct OurParts {
  using Lock = sync::MutexLock;
  // The wait needs the mutex to be named, which the lock of a template cannot prove to the compiler. Without the exemption:
  // "calling function 'wait' requires holding mutex 'mutex' exclusively".
  void Wait(sync::ConditionVariable& condition, Lock& /*lock*/) LS_NO_THREAD_SAFETY_ANALYSIS { condition.wait(mutex); }
  void Signal(sync::ConditionVariable& condition) { condition.signal(); }

  sync::Mutex mutex{sync::kServerLock, "queue"};
  sync::ConditionVariable filled{"filled", mutex};
  sync::ConditionVariable done{"done", mutex};
};

// A queue of jobs: one thread puts them in, another takes them out; whoever finds it empty waits. Awaited: each job's end is
// waited for before the next one, so that both threads fall asleep and are woken for each. Else the queue is flooded, and the
// one who takes hardly ever sleeps: locks and nothing else, in whatever rhythm the two fall into.
template <typename Parts, bool kAwaited>
void RunQueue() {
  using Lock = typename Parts::Lock;
  Parts parts;
  std::deque<int> jobs;
  int done = 0;
  const auto take = [&] {
    Lock lock(parts.mutex);
    while (jobs.empty()) parts.Wait(parts.filled, lock);
    jobs.pop_front();
  };
  std::thread taker([&] {
    for (int taken = 0; taken < kJobs; ++taken) {
      take();
      if (!kAwaited) continue;
      {
        const Lock lock(parts.mutex);
        ++done;
      }
      parts.Signal(parts.done);
    }
  });
  for (int i = 0; i < kJobs; ++i) {
    {
      const Lock lock(parts.mutex);
      jobs.push_back(i);
    }
    parts.Signal(parts.filled);
    if (!kAwaited) continue;
    Lock lock(parts.mutex);
    while (done == i) parts.Wait(parts.done, lock);
  }
  taker.join();
}

// A second thread that does nothing, for as long as this lives.
class ParkedThread {
 public:
  ParkedThread() : thread_([wait = end_.get_future()]() mutable { wait.wait(); }) {}
  ~ParkedThread() {
    end_.set_value();
    thread_.join();
  }
  ParkedThread(const ParkedThread&) = delete;
  ParkedThread& operator=(const ParkedThread&) = delete;

 private:
  std::promise<void> end_;
  std::thread thread_;
};

using Work = void (*)();

double OneThread(Work work) {
  const int64_t start = MonotonicNs();
  work();
  return static_cast<double>(MonotonicNs() - start);
}

// Two threads, each with a mutex of its own; the time until both are done.
double TwoThreads(Work work) {
  std::latch ready(2);
  std::thread other([&] {
    ready.arrive_and_wait();
    work();
  });
  ready.arrive_and_wait();
  const int64_t start = MonotonicNs();
  work();
  other.join();
  return static_cast<double>(MonotonicNs() - start);
}

// How our locks are watched while a variant runs.
struct Watch {
  bool guard = false;
  bool record = false;
  trace::Recorder::Detail detail = trace::Recorder::Detail::kFull;
  trace::WhenFull when_full = trace::WhenFull::kDropOldest;  // The ring alone: what recording itself costs.
};

struct Variant {
  std::string name;
  Work work;
  Watch watch;
};

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Each variant in turn with the bare one, under one recording that lasts: what it costs to begin one is no cost of a lock.
double MedianRatio(double (*time)(Work), Work bare, const Variant& variant, int rounds) {
  sync::SetGuardPolicy(variant.watch.guard ? sync::GuardPolicy::kAbort : sync::GuardPolicy::kOff);
  std::unique_ptr<trace::Recorder> recorder;
  if (variant.watch.record) {
    auto started = trace::Recorder::Start({}, {}, trace::Recorder::Clock::kReal,
                                          {.when_full = variant.watch.when_full, .bytes = trace::kLeastRingBytes},
                                          variant.watch.detail);
    LS_CHECK(started.has_value(), "{}", started.error().message);
    recorder = std::move(*started);
  }
  for (int i = 0; i < kWarmUp; ++i) time(variant.work);
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    const double bare_ns = time(bare);
    ratios.push_back(time(variant.work) / bare_ns);
  }
  sync::SetGuardPolicy(sync::GuardPolicy::kAbort);
  return Median(std::move(ratios));
}

void Compare(std::string_view title, double (*time)(Work), Work bare, const std::vector<Variant>& variants,
             int rounds) {
  fmt::print("\n{}\n{:<58} {:>6}\n", title, "bare", "1.00");
  for (const Variant& variant : variants) {
    fmt::print("{:<58} {:>6.2f}\n", variant.name, MedianRatio(time, bare, variant, rounds));
  }
}

std::vector<Variant> PairVariants() {
  return {{"two stamps and stores, no lock", Stamps, {}},
          {"the floor: two stamps and stores in a bare lock", StampedPairs, {}},
          {"lockscope, recorded in full", OurPairs, {.record = true}},
          {"lockscope, recorded in full, order of locks checked", OurPairs, {.guard = true, .record = true}},
          {"lockscope, only contended acquisitions recorded",
           OurPairs,
           {.record = true, .detail = trace::Recorder::Detail::kContendedOnly}},
          {"lockscope, off", OurPairs, {}},
          {"lockscope, off, order of locks checked", OurPairs, {.guard = true}}};
}

std::vector<Variant> QueueVariants(Work work) {
  return {{"lockscope, recorded in full", work, {.record = true}},
          {"lockscope, recorded in full, order of locks checked", work, {.guard = true, .record = true}},
          {"lockscope, only contended acquisitions recorded",
           work,
           {.record = true, .detail = trace::Recorder::Detail::kContendedOnly}},
          {"lockscope, off", work, {}}};
}

int Main(int rounds) {
  const ParkedThread parked;
  const sync::NamedThread self("bench");
  fmt::print("{} rounds of {} pairs; a tick is {}\n", rounds, kPairs,
             TicksAreTsc() ? "a step of the time-stamp counter" : "a nanosecond of the clock");
  Compare("lock and unlock, uncontended, one thread", OneThread, BarePairs, PairVariants(), rounds);
  Compare("the same on two threads, each with a mutex of its own", TwoThreads, BarePairs, PairVariants(), rounds);
  Compare("a job handed over by a condition variable, and its end waited for", OneThread, RunQueue<BareParts, true>,
          QueueVariants(RunQueue<OurParts, true>), rounds);
  Compare("jobs that flood the queue: two lock pairs a job, in two modes (nothing to be promised)", OneThread,
          RunQueue<BareParts, false>, QueueVariants(RunQueue<OurParts, false>), rounds);
  return 0;
}

// The standard library's alone, for a comparison under other tracers. False: there is no such work.
bool Bare(double seconds, std::string_view what) {
  const ParkedThread parked;
  std::vector<double> slices;
  const int64_t start = MonotonicNs();
  while (static_cast<double>(MonotonicNs() - start) < seconds * 1e9) {
    if (what == "one") slices.push_back(OneThread(BarePairs) / kPairs);
    if (what == "two") slices.push_back(TwoThreads(BarePairs) / kPairs);
    if (what == "job") slices.push_back(OneThread(RunQueue<BareParts, true>) / kJobs);
    if (slices.empty()) break;
  }
  if (slices.empty()) return false;
  fmt::print("{:.2f}\n", Median(slices));
  return true;
}

// What an event costs on this machine at the least: what the floor takes longer than a bare lock, for each of its two. For a
// comparison with what else a program does (daemons.sh).
void EventFloor() {
  const ParkedThread parked;
  std::vector<double> event_ns;
  for (int round = 0; round < 31; ++round) {
    const double bare_ns = OneThread(BarePairs);
    event_ns.push_back((OneThread(StampedPairs) - bare_ns) / (2 * kPairs));
  }
  fmt::print("{:.2f}\n", Median(event_ns));
}

}  // namespace
}  // namespace lockscope

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--bare") return lockscope::Bare(std::atof(argv[2]), argv[3]) ? 0 : 2;
  if (argc == 2 && std::string_view(argv[1]) == "--event") {
    lockscope::EventFloor();
    return 0;
  }
  return lockscope::Main(argc > 1 ? std::max(1, std::atoi(argv[1])) : 31);
}
