// LockSteps: what is to be done around a lock by whoever makes locks block in a way of his own (Runtime::Lock): its place in
// the order checked, its events recorded, the list of what a thread holds kept. The same for every runtime; in a header, as
// a controlled run spends most of its time here.
#pragma once

#include "core/base/source_place.h"
#include "core/sync/guard.h"
#include "core/sync/mutex.h"
#include "core/sync/thread_state.h"
#include "core/trace/registry.h"

namespace lockscope::sync {

class LockSteps {
 public:
  // `self` asks for it at that place, whose number it returns.
  [[gnu::always_inline]] static SiteId Ask(ThreadState& self, const Mutex& mutex, SourcePlace place) {
    const SiteId site = trace::SiteFor(place);
    if (!self.InOrder(mutex.lock_class())) [[unlikely]]
      CheckAcquisition(self, mutex, site);
    return site;
  }
  // Another thread is in the way.
  [[gnu::always_inline]] static void HasToWait(ThreadState& self, const Mutex& mutex, SiteId site) {
    self.RecordInRun(trace::EventKind::kLockRequested, mutex.id(), mutex.holder(), site);
  }
  [[gnu::always_inline]] static void HasTaken(ThreadState& self, Mutex& mutex, SiteId site) {
    mutex.owner_.store(self.id() | uint64_t{site} << Mutex::kSiteShift | Mutex::kState, std::memory_order_relaxed);
    self.PushHeld(mutex, site);
    self.RecordInRun(trace::EventKind::kLockAcquired, mutex.id(), ++mutex.sequence_, site);
  }
  // Without a place it is let go where it was taken.
  [[gnu::always_inline]] static void LetsGo(ThreadState& self, Mutex& mutex, SourcePlace place) {
    const uint64_t owner = mutex.owner_.load(std::memory_order_relaxed);
    const SiteId site = place.key() == 0 ? Mutex::Unpack(owner).site : trace::SiteFor(place);
    self.RecordInRun(trace::EventKind::kLockReleased, mutex.id(), mutex.sequence_, site);
    self.PopHeld(mutex);
    mutex.owner_.store(owner & ~Mutex::kState, std::memory_order_relaxed);
  }
};

}  // namespace lockscope::sync
