// How quickly a recording opens, and what it takes on disk and in memory.
//
// A made-up recording (threads that take locks at random, by a generator of its own) is written in both forms. Then, in
// turn and over and over: its bytes are copied into fresh memory (the baseline: a loader cannot do less), and it is opened
// from each form, and put in order from threads' logs, as a recording that nobody finished has to be. The median of each
// round's ratio to its baseline is printed; memory is the peak of a process of its own that opens the file.
// Events a second are those of this machine, now; the ratios carry further.
//
// Usage: load_trace [EVENTS] [ROUNDS]
//        load_trace --contended [ACQUISITIONS]   instead: records so many of one lock that all want [10 million], and says
//                                                what the reader has proved of them
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <utility>

#include "core/sync/mutex.h"
#include "core/sync/thread_state.h"
#include "core/trace/recorder.h"
#include "core/trace/trace_file.h"
#include "tests/support/temporary_folder.h"

namespace lockscope {
namespace {

using trace::Event;
using trace::EventKind;
using trace::ObjectType;

constexpr uint64_t kSeed = 20261126;
constexpr size_t kThreads = 8;
constexpr size_t kLocks = 16;
constexpr uint64_t kTicksPerSecond = 2'446'000'000;

// SplitMix64: the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  uint64_t Below(uint64_t bound) { return Next() % bound; }

 private:
  uint64_t state_;
};

// Threads on cores of their own: each works a while without a lock (150 to 450 ns), picks one of the locks at random,
// waits where somebody has it, holds it for 50 to 150 ns. The clock has steps of 10 ns, as virtual machines' have; the
// cores' clocks differ by up to 30 ns.
trace::TraceParts MakeLoad(size_t events) {
  struct Thread {
    size_t lock = 0;
    bool holds = false;
    bool waits = false;
    uint64_t skew_ns = 0;
  };
  struct Lock {
    uint32_t sequence = 0;
    std::optional<size_t> holder;
    std::vector<size_t> waiting;
  };
  Random random(kSeed);
  trace::TraceParts parts;
  parts.info.ticks_per_second = kTicksPerSecond;
  parts.info.meta = {{"title", "A load made up for a benchmark"}, {"clock", "tsc"}};
  for (size_t i = 0; i < kThreads; ++i) {
    parts.objects.push_back({ObjectType::kThread, fmt::format("thread-{}", i), "", kNoObject});
    parts.threads.push_back({static_cast<ObjectId>(i + 1), {}});
    parts.threads.back().events.reserve(events / kThreads * 11 / 10);
  }
  for (size_t i = 0; i < kLocks; ++i) {
    parts.objects.push_back({ObjectType::kMutex, fmt::format("lock-{}", i), "server", kNoObject});
  }
  for (int i = 0; i < 3; ++i) parts.sites.push_back({"load.cc", 10 + i, "Work"});

  std::vector<Thread> threads(kThreads);
  std::vector<Lock> locks(kLocks);
  using Turn = std::pair<uint64_t, size_t>;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  for (size_t i = 0; i < kThreads; ++i) {
    threads[i].skew_ns = random.Below(4) * 10;
    turns.emplace(random.Below(300), i);
  }
  size_t made = 0;
  const auto record = [&](uint64_t ns, size_t thread, EventKind kind, size_t lock, uint32_t arg, SiteId site) {
    const uint64_t seen = (ns + threads[thread].skew_ns) / 10 * 10;
    const uint64_t ticks = seen * (kTicksPerSecond / 1'000'000) / 1'000;
    const auto object = static_cast<ObjectId>(kThreads + lock + 1);
    parts.threads[thread].events.push_back(Event::Make(ticks, kind, object, arg, site));
    ++made;
  };
  const auto take = [&](uint64_t ns, size_t thread, size_t lock) {
    locks[lock].holder = thread;
    threads[thread].holds = true;
    record(ns, thread, EventKind::kLockAcquired, lock, ++locks[lock].sequence, 1);
    turns.emplace(ns + 50 + random.Below(100), thread);
  };
  while (made < events) {
    const auto [now, index] = turns.top();
    turns.pop();
    Thread& thread = threads[index];
    if (!thread.holds) {
      thread.lock = random.Below(kLocks);
      Lock& lock = locks[thread.lock];
      if (!lock.holder) {
        take(now, index, thread.lock);
      } else {
        record(now, index, EventKind::kLockRequested, thread.lock, static_cast<uint32_t>(*lock.holder + 1), 1);
        lock.waiting.push_back(index);
      }
      continue;
    }
    Lock& lock = locks[thread.lock];
    record(now, index, EventKind::kLockReleased, thread.lock, lock.sequence, 2);
    thread.holds = false;
    lock.holder.reset();
    turns.emplace(now + 150 + random.Below(300), index);
    if (lock.waiting.empty()) continue;
    const size_t next = lock.waiting.front();
    lock.waiting.erase(lock.waiting.begin());
    take(now + 20, next, thread.lock);
  }
  return parts;
}

// A real one: threads that take one of some locks at random, as fast as they can, a little work in between.
Result<trace::Trace> RecordLoad(size_t pairs) {
  auto recorder = trace::Recorder::Start({}, {{"title", "Locks taken at random"}});
  if (!recorder) return tl::make_unexpected(recorder.error());
  std::vector<std::unique_ptr<sync::Mutex>> locks;
  for (size_t i = 0; i < kLocks; ++i) locks.push_back(std::make_unique<sync::Mutex>(sync::kServerLock, "lock"));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&locks, i, pairs] {
      const sync::NamedThread self(fmt::format("thread-{}", i));
      Random random(kSeed + i);
      volatile uint64_t work = 0;
      for (size_t pair = 0; pair < pairs / kThreads; ++pair) {
        sync::Mutex& lock = *locks[random.Below(kLocks)];
        lock.lock();
        for (uint64_t n = random.Below(30); n > 0; --n) work = work + n;
        lock.unlock();
        for (uint64_t n = random.Below(100); n > 0; --n) work = work + n;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return (*recorder)->Finish();
}

// One lock and threads that work a little with it and a little without: until it was taken so many times. Says in
// how many holds the reader has proved that no two overlap, or where they do.
int ProveContended(size_t acquisitions) {
  auto recorder = trace::Recorder::Start({}, {{"title", "One lock"}});
  if (!recorder) {
    fmt::print(stderr, "{}\n", recorder.error().message);
    return 1;
  }
  {
    sync::Mutex lock(sync::kServerLock, "lock");
    size_t left = acquisitions;  // Guarded by the lock: as a witness of its own, without a trace.
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const sync::NamedThread self(fmt::format("thread-{}", i));
        Random random(kSeed + static_cast<uint64_t>(i));
        volatile uint64_t work = 0;
        for (bool goes_on = true; goes_on;) {
          {
            const sync::MutexLock held(lock);
            goes_on = left > 0;
            if (goes_on) --left;
            for (uint64_t n = random.Below(20); n > 0; --n) work = work + n;
          }
          for (uint64_t n = random.Below(40); n > 0; --n) work = work + n;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const Result<trace::Trace> trace = (*recorder)->Finish();
  if (!trace) {
    fmt::print("{}\n", trace.error().message);
    return 1;
  }
  size_t waited = 0;
  size_t handed_over = 0;
  size_t overlaps = 0;
  bool is_held = false;
  ObjectId last = kNoObject;
  for (size_t step = 0; step < trace->size(); ++step) {
    if (trace->event(step).kind() == EventKind::kLockRequested) ++waited;
    if (trace->event(step).kind() == EventKind::kLockReleased) is_held = false;
    if (trace->event(step).kind() != EventKind::kLockAcquired) continue;
    overlaps += std::exchange(is_held, true) ? 1 : 0;
    handed_over += trace->thread(step) != std::exchange(last, trace->thread(step)) ? 1 : 0;
  }
  fmt::print(
      "one lock, 4 threads: {} acquisitions, {} after a wait, {} by another thread than the one before; {} holds "
      "follow the release of the one before, {} overlap; clocks agree within {} ns\n",
      trace->proof().acquisitions, waited, handed_over, trace->proven_holds(), overlaps, trace->clock_error_ns());
  // Each thread takes it once more, to see that nothing is left.
  return overlaps == 0 && trace->proof().acquisitions == acquisitions + 4 ? 0 : 1;
}

double Pairs(const trace::Trace& trace) {
  return static_cast<double>(std::ranges::count(trace.events(), EventKind::kLockAcquired, &Event::kind));
}

trace::Trace Opened(const std::string& path) {
  Result<trace::Trace> trace = trace::ReadTrace(path);
  if (trace) return std::move(*trace);
  fmt::print(stderr, "{}\n", trace.error().message);
  std::exit(1);
}

uint64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

// In a process of its own: prints what opening the file has added to its peak, a number of bytes.
int OpenAndMeasure(const std::string& path) {
  const uint64_t before = PeakBytes();
  const trace::Trace trace = Opened(path);
  fmt::print("{} {}\n", PeakBytes() - before, trace.size());
  return 0;
}

double PeakBytesPerEvent(const std::string& path) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return 0;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  std::string words[] = {"load_trace", "--open", path};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  std::string output(100, '\0');
  const ssize_t got = failed == 0 ? ::read(pipe_ends[0], output.data(), output.size()) : 0;
  ::close(pipe_ends[0]);
  if (failed == 0) ::waitpid(child, nullptr, 0);
  char* end = output.data();
  const double bytes = got > 0 ? static_cast<double>(std::strtoull(end, &end, 10)) : 0;
  const double events = got > 0 ? static_cast<double>(std::strtoull(end, nullptr, 10)) : 0;
  return events > 0 ? bytes / events : 0;
}

// Of this thread on its core, the kernel's work for it included: another program that wants the core does not count.
double CpuNow() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename Body>
double Seconds(Body body) {
  const double start = CpuNow();
  body();
  return CpuNow() - start;
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Way {
  std::string name;
  std::string file;  // "" where there is none.
  std::vector<double> seconds, ratios;
};

int Main(size_t events, int rounds) {
  const testing::TemporaryFolder folder;
  const std::string plain = folder.File("plain.lockscope"), compact = folder.File("compact.lockscope");
  trace::TraceParts parts = MakeLoad(events);
  double pairs = 0;
  {
    const Result<trace::Trace> trace = trace::Trace::Build(parts);
    const Result<void> written = trace ? trace::WriteTrace(*trace, plain, trace::FileForm::kPlain) : Result<void>();
    const double seconds = Seconds([&] {
      if (!trace || !written || !trace::WriteTrace(*trace, compact)) std::abort();
    });
    pairs = Pairs(*trace);
    fmt::print(
        "{} events of {} threads, {} lock/unlock pairs on {} locks, at random (seed {}); written compact at "
        "{:.1f} M events/s\n",
        trace->size(), kThreads, pairs, kLocks, kSeed, static_cast<double>(events) / seconds / 1e6);
    fmt::print("proof: {} acquisitions, {} after the release before them, clocks agree within {} ns\n",
               trace->proof().acquisitions, trace->proof().holds, trace->clock_error_ns());
  }
  Way ways[] = {{"finished, plain", plain, {}, {}},
                {"finished, compact", compact, {}, {}},
                {"put in order from the threads' logs", "", {}, {}}};
  std::vector<double> base;
  for (int round = 0; round < rounds; ++round) {
    base.push_back(Seconds([&] {
      for (const auto& log : parts.threads) {
        trace::BigArray<Event> copy;
        copy.resize(log.events.size());
        std::memcpy(static_cast<void*>(copy.data()), log.events.data(), log.events.size() * sizeof(Event));
        volatile uint64_t used = copy.back().word0();
        static_cast<void>(used);
      }
    }));
    for (Way& way : ways) {
      trace::TraceParts copy;
      if (way.file.empty()) copy = parts;
      const double seconds = Seconds([&] {
        if (!way.file.empty()) {
          Opened(way.file);
        } else if (!trace::Trace::Build(std::move(copy))) {
          std::abort();
        }
      });
      way.seconds.push_back(seconds);
      way.ratios.push_back(seconds / base.back());
    }
  }
  fmt::print("{:<36} {:>12} {:>8} {:>11} {:>11} {:>13}\n", "opening it", "M events/s", "ratio", "disk B/ev",
             "disk B/pair", "peak B/ev");
  const auto count = static_cast<double>(events);
  fmt::print("{:<36} {:>12.1f} {:>8.2f}\n", "baseline: 16 bytes an event copied", count / Median(base) / 1e6, 1.0);
  for (const Way& way : ways) {
    fmt::print("{:<36} {:>12.1f} {:>8.2f}", way.name, count / Median(way.seconds) / 1e6, Median(way.ratios));
    if (!way.file.empty()) {
      const auto size = static_cast<double>(std::filesystem::file_size(way.file));
      fmt::print(" {:>11.2f} {:>11.2f} {:>13.2f}", size / count, size / pairs, PeakBytesPerEvent(way.file));
    }
    fmt::print("\n");
  }
  const Result<trace::Trace> real = RecordLoad(events / 20);
  if (real) {
    const auto size = static_cast<double>(trace::EncodeTrace(*real).size());
    fmt::print(
        "recorded here, {} threads on {} locks: {} events, compact {:.2f} bytes an event, {:.2f} a pair; "
        "{} holds proven, clocks agree within {} ns, stamps step by {} ns\n",
        kThreads, kLocks, real->size(), size / static_cast<double>(real->size()), size / Pairs(*real),
        real->proven_holds(), real->clock_error_ns(), real->TicksToNs(real->FinestTicks()));
  }
  fmt::print(
      "others' loaders, as measured on such a machine at another time: babeltrace2 4 M events/s, Tracy 33 to 48 M\n");
  return 0;
}

}  // namespace
}  // namespace lockscope

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--open") == 0) return lockscope::OpenAndMeasure(argv[2]);
  if (argc >= 2 && std::strcmp(argv[1], "--contended") == 0) {
    return lockscope::ProveContended(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000);
  }
  const size_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  return lockscope::Main(std::max<size_t>(events, 1000), argc > 2 ? std::max(1, std::atoi(argv[2])) : 7);
}
