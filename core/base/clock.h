// Time stamps for events, and the monotonic clock that gives them a length.
//
// A tick is one step of the processor's time-stamp counter where the kernel vouches that the counter is invariant
// (runs at one rate, never stops), and one nanosecond of CLOCK_MONOTONIC everywhere else. Ticks of different cores
// may disagree by some tens of nanoseconds; nothing may take them for an order (see core/trace/trace.h).
// Any thread.
#pragma once

#include <time.h>

#include <cstdint>

namespace lockscope {

// CLOCK_MONOTONIC, in nanoseconds.
int64_t MonotonicNs();
// The time of that clock so many nanoseconds (0 or more) from now, as system calls want it; the last it can tell where there are
// too many.
timespec MonotonicAfter(int64_t ns);

// True where a tick is a step of the time-stamp counter. Constant for the life of the process.
bool TicksAreTsc();

namespace internal {
extern const bool kTicksAreTsc;
}

inline uint64_t ReadTicks() {
#if defined(__x86_64__)
  if (internal::kTicksAreTsc) [[likely]]
    return __builtin_ia32_rdtsc();  // As __rdtsc, without <x86intrin.h>, which takes 0.4 s to read.
#endif
  return static_cast<uint64_t>(MonotonicNs());
}

// One reading of both clocks, taken as close together as the machine allows.
struct ClockPair {
  uint64_t ticks = 0;
  int64_t monotonic_ns = 0;
};
ClockPair ReadClockPair();

// The rate between two readings, in ticks a second; `fallback` where they are too near to tell (under 100 us).
uint64_t TicksPerSecond(const ClockPair& from, const ClockPair& to, uint64_t fallback);

// An estimate of the rate taken over two milliseconds, once a process; exact (1e9) where a tick is a nanosecond.
uint64_t EstimatedTicksPerSecond();

}  // namespace lockscope
