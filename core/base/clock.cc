#include "core/base/clock.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace lockscope {
namespace {

// The kernel's own verdict: it drops "constant_tsc"/"nonstop_tsc" from the list where the counter cannot be trusted.
bool DetectInvariantTsc() {
#if defined(__x86_64__)
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (!line.starts_with("flags")) continue;
    return line.find(" constant_tsc") != std::string::npos && line.find(" nonstop_tsc") != std::string::npos;
  }
#endif
  return false;
}

constexpr uint64_t kNsPerSecond = 1'000'000'000;

}  // namespace

namespace internal {
const bool kTicksAreTsc = DetectInvariantTsc();
}

bool TicksAreTsc() { return internal::kTicksAreTsc; }

int64_t MonotonicNs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * static_cast<int64_t>(kNsPerSecond) + now.tv_nsec;
}

timespec MonotonicAfter(int64_t ns) {
  constexpr auto kSecond = static_cast<int64_t>(kNsPerSecond);
  const int64_t now_ns = MonotonicNs();
  const int64_t at_ns = now_ns + std::min(ns, std::numeric_limits<int64_t>::max() - now_ns);
  return {static_cast<time_t>(at_ns / kSecond), static_cast<long>(at_ns % kSecond)};
}

ClockPair ReadClockPair() {
  // Between two tick readings the clock was read: keep the tightest of a few tries, and its middle.
  ClockPair best;
  uint64_t best_width = ~uint64_t{0};
  for (int i = 0; i < 5; ++i) {
    const uint64_t before = ReadTicks();
    const int64_t now = MonotonicNs();
    const uint64_t width = ReadTicks() - before;
    if (width < best_width) {
      best_width = width;
      best = {before + width / 2, now};
    }
  }
  return best;
}

uint64_t TicksPerSecond(const ClockPair& from, const ClockPair& to, uint64_t fallback) {
  if (!TicksAreTsc()) return kNsPerSecond;
  const int64_t elapsed_ns = to.monotonic_ns - from.monotonic_ns;
  if (elapsed_ns < 100'000 || to.ticks <= from.ticks) return fallback;
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(static_cast<Wide>(to.ticks - from.ticks) * kNsPerSecond / static_cast<Wide>(elapsed_ns));
}

uint64_t EstimatedTicksPerSecond() {
  if (!TicksAreTsc()) return kNsPerSecond;
  static const uint64_t rate = [] {
    const ClockPair from = ReadClockPair();
    while (MonotonicNs() - from.monotonic_ns < 2'000'000) {
    }
    return TicksPerSecond(from, ReadClockPair(), kNsPerSecond);
  }();
  return rate;
}

}  // namespace lockscope
