#include "core/sync/native_mutex.h"

#include "core/sync/futex.h"

namespace lockscope::sync {

// Who has slept does not know whether others still do: it marks the lock as awaited when it takes it.
void NativeMutex::LockSlowly() {
  while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree) SleepAt(number(), kAwaited);
}

// Another thread may have taken it, and freed it, by now: the kernel only looks at the address.
void NativeMutex::WakeOne() { WakeAt(number(), 1); }

}  // namespace lockscope::sync
