#include "core/sync/mutex.h"

#include "core/sync/guard.h"
#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"

namespace lockscope::sync {

using trace::EventKind;

using trace::internal::kContendedOnly;
using trace::internal::kRecording;
using trace::internal::Watching;

Mutex::Mutex(const LockClass& lock_class, std::string name, ObjectId parent)
    : lock_class_(lock_class),
      object_(trace::ObjectType::kMutex, name, lock_class.name, parent),
      name_(std::move(name)) {}

Mutex::~Mutex() = default;

bool Mutex::TryLockRaw(ThreadState& self) {
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->TryLock(*this);
  return native_.try_lock();
}

void Mutex::LockRaw(ThreadState& self) {
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->Lock(*this);
  native_.lock();
}

void Mutex::RecordAcquire(ThreadState& self, SiteId site, bool contended) {
  const uint32_t watching = Watching();
  const bool recorded = contended || (watching & kContendedOnly) == 0;
  const bool listed = (watching & ~kRecording) != 0;  // For the guard, and for a controlled run.
  owner_.store(self.id() | uint64_t{site} << kSiteShift | kHeld | (recorded ? kRecorded : 0) | (listed ? kListed : 0),
               std::memory_order_relaxed);
  if (listed) self.PushHeld(*this, site);
  ++sequence_;
  if (recorded) self.Record(EventKind::kLockAcquired, id(), sequence_, site);
}

void Mutex::RecordRelease(ThreadState& self, SiteId site) {
  const uint64_t owner = owner_.load(std::memory_order_relaxed);
  // The release of a hold that began unrecorded is of use to those who wait for it.
  if ((owner & kRecorded) != 0 || (Watching() & kContendedOnly) == 0) {
    self.Record(EventKind::kLockReleased, id(), sequence_, site);
  }
  if ((owner & kListed) != 0 || (owner & kHeld) == 0) self.PopHeld(*this);
  owner_.store(owner & ~(kHeld | kRecorded | kListed), std::memory_order_relaxed);
}

void Mutex::LockWatched(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kLock, id())) return;
  const SiteId site = trace::SiteFor(place);
  if (!self.InOrder(lock_class_)) [[unlikely]]
    CheckAcquisition(self, *this, site);
  if (!TryLockRaw(self)) [[unlikely]]
    return LockContended(self, site);
  RecordAcquire(self, site, false);
}

void Mutex::LockContended(ThreadState& self, SiteId site) {
  self.Record(EventKind::kLockRequested, id(), holder(), site);
  LockRaw(self);
  RecordAcquire(self, site, true);
}

bool Mutex::TryLockWatched(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kTryLock, id())) return true;
  const SiteId site = trace::SiteFor(place);
  if (!self.InOrder(lock_class_)) [[unlikely]]
    CheckAcquisition(self, *this, site);
  if (!TryLockRaw(self)) {
    self.Record(EventKind::kLockTryFailed, id(), holder(), site);
    return false;
  }
  RecordAcquire(self, site, false);
  return true;
}

void Mutex::UnlockWatched(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kUnlock, id())) return;
  if (!owner().held && trace::internal::was_unwatched.load(std::memory_order_relaxed)) [[unlikely]] {
    native_.unlock();  // It was taken while nobody looked.
    return;
  }
  RecordRelease(self, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]] {
    self.runtime()->Unlock(*this);
  } else {
    native_.unlock();
  }
}

}  // namespace lockscope::sync
