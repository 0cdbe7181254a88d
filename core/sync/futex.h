// The kernel's side of waiting: futex(2). A thread sleeps at a number in memory as long as it is what the thread saw.
// Any thread; errno is kept. Linux.
#pragma once

#include <cstdint>

struct timespec;

namespace lockscope::sync {

enum class SleepEnd : uint8_t {
  kWoken,    // Or for no reason.
  kChanged,  // The number is another one: it did not sleep.
  kTimeout,
};

// `deadline`: on CLOCK_MONOTONIC; null: none.
SleepEnd SleepAt(const uint32_t* number, uint32_t seen, const timespec* deadline = nullptr);
// So many of those who sleep there, at most: in order of priority, and of arrival among equals.
void WakeAt(const uint32_t* number, int most);

}  // namespace lockscope::sync
