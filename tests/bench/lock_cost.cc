// What recording a lock costs, as ratios to a bare std::mutex of the same run.
//
// A second thread is parked all the while: glibc (from 2.34 on) leaves the atomics out of mutexes while a process has one
// thread, and any recorder has two. The variants are run in turn, over and over, and each is compared with the bare one of
// the same round; the median of those ratios is printed. No absolute times: they mean nothing on a shared machine.
//
// Usage: lock_cost [ROUNDS]
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/sync/mutex.h"
#include "core/sync/thread_state.h"
#include "core/trace/recorder.h"

namespace lockscope {
namespace {

constexpr int kPairs = 200'000;

template <typename Body>
double NsPerPair(Body body) {
  const int64_t start = MonotonicNs();
  for (int i = 0; i < kPairs; ++i) body();
  return static_cast<double>(MonotonicNs() - start) / kPairs;
}

double Bare() {
  std::mutex mutex;
  return NsPerPair([&] {
    mutex.lock();
    mutex.unlock();
  });
}

// No lock at all: two time stamps and two 16-byte stores into a small buffer, over and over.
double Floor() {
  static uint64_t buffer[4096];
  size_t at = 0;
  return NsPerPair([&] {
    for (int event = 0; event < 2; ++event) {
      volatile uint64_t* slot = buffer + at;
      slot[0] = ReadTicks();
      slot[1] = at;
      at = (at + 2) & 4095;
    }
  });
}

double Ours() {
  sync::Mutex mutex(sync::kServerLock, "bench");
  return NsPerPair([&] {
    mutex.lock();
    mutex.unlock();
  });
}

double OursRecorded() {
  auto recorder = trace::Recorder::Start({}, {});
  if (!recorder) std::abort();
  return Ours();
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int Main(int rounds) {
  std::promise<void> end;
  std::thread parked([wait = end.get_future()]() mutable { wait.wait(); });
  const sync::NamedThread self("bench");
  struct Variant {
    std::string name;
    double (*run)();
    std::vector<double> ratios;
  };
  Variant variants[] = {{"two stamps and stores, no lock (the floor)", Floor, {}},
                        {"lockscope mutex, recording off", Ours, {}},
                        {"lockscope mutex, recorded in full", OursRecorded, {}}};
  for (int round = 0; round < rounds; ++round) {
    const double bare = Bare();
    for (Variant& variant : variants) variant.ratios.push_back(variant.run() / bare);
  }
  fmt::print("lock and unlock, uncontended, one thread; {} rounds of {} pairs; a tick is {}\n", rounds, kPairs,
             TicksAreTsc() ? "a step of the time-stamp counter" : "a nanosecond of the clock");
  fmt::print("{:<44} {:>6}\n", "bare std::mutex", "1.00");
  for (const Variant& variant : variants) fmt::print("{:<44} {:>6.2f}\n", variant.name, Median(variant.ratios));
  end.set_value();
  parked.join();
  return 0;
}

}  // namespace
}  // namespace lockscope

int main(int argc, char** argv) { return lockscope::Main(argc > 1 ? std::max(1, std::atoi(argv[1])) : 31); }
