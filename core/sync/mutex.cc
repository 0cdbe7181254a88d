#include "core/sync/mutex.h"

#include "core/sync/guard.h"
#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"

namespace lockscope::sync {

using trace::EventKind;

Mutex::Mutex(const LockClass& lock_class, std::string name, ObjectId parent)
    : lock_class_(lock_class), name_(std::move(name)), object_(trace::ObjectType::kMutex, name_, lock_class.name, parent) {}

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

void Mutex::RecordAcquire(ThreadState& self, SiteId site) {
  holder_.store(self.id(), std::memory_order_relaxed);
  last_holder_.store(self.id(), std::memory_order_relaxed);
  last_site_.store(site, std::memory_order_relaxed);
  self.PushHeld(*this, site);
  self.Record(EventKind::kLockAcquired, id(), ++sequence_, site);
}

void Mutex::RecordRelease(ThreadState& self, SiteId site) {
  self.Record(EventKind::kLockReleased, id(), sequence_, site);
  self.PopHeld(*this);
  holder_.store(kNoObject, std::memory_order_relaxed);
}

void Mutex::lock(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kLock, id())) return;
  const SiteId site = trace::SiteFor(place);
  CheckAcquisition(self, *this, site);
  if (!TryLockRaw(self)) {
    self.Record(EventKind::kLockRequested, id(), holder(), site);
    LockRaw(self);
  }
  RecordAcquire(self, site);
}

bool Mutex::try_lock(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kTryLock, id())) return true;
  const SiteId site = trace::SiteFor(place);
  CheckAcquisition(self, *this, site);
  if (!TryLockRaw(self)) {
    self.Record(EventKind::kLockTryFailed, id(), holder(), site);
    return false;
  }
  RecordAcquire(self, site);
  return true;
}

void Mutex::unlock(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kUnlock, id())) return;
  RecordRelease(self, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]] {
    self.runtime()->Unlock(*this);
  } else {
    native_.unlock();
  }
}

}  // namespace lockscope::sync
