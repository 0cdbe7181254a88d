// Whether anybody looks at what this program's locks do: one word, which every lock operation tests first. While it is 0, a
// lock costs what its native one costs.
//
// Written when a recording, a controlled run or the guard is turned on or off: any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace lockscope::trace::internal {

inline constexpr uint32_t kRecordingOn = 1;
inline constexpr uint32_t kContendedOnly = 2;  // Of uncontended acquisitions only their number is kept.
inline constexpr uint32_t kRecording = kRecordingOn | kContendedOnly;
inline constexpr uint32_t kGuardOn = 4;
inline constexpr uint32_t kControlledRun = 8;  // So many of them are there: this is the lowest bit of a count.

inline std::atomic<uint32_t> watching{kGuardOn};
// Whether it was ever 0: a lock may then have been taken unseen, and its release comes as a surprise.
inline std::atomic<bool> was_unwatched{false};

inline uint32_t Watching() { return watching.load(std::memory_order_relaxed); }

inline void StartWatching(uint32_t bits) { watching.fetch_or(bits, std::memory_order_relaxed); }
inline void StopWatching(uint32_t bits) {
  // Said before, so that nobody finds a lock taken unseen without it.
  if ((Watching() & ~bits) == 0) was_unwatched.store(true, std::memory_order_relaxed);
  watching.fetch_and(~bits, std::memory_order_relaxed);
}
inline void CountControlledRun() { watching.fetch_add(kControlledRun, std::memory_order_relaxed); }
inline void UncountControlledRun() {
  if (Watching() == kControlledRun) was_unwatched.store(true, std::memory_order_relaxed);
  watching.fetch_sub(kControlledRun, std::memory_order_relaxed);
}

}  // namespace lockscope::trace::internal
