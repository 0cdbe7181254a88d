#include "core/sync/mutex.h"

#include "core/sync/guard.h"
#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"

namespace lockscope::sync {

using trace::EventKind;

using trace::internal::kContendedOnly;
using trace::internal::kRecording;
using trace::internal::Watching;

namespace {

constexpr int kSpins = 100;  // As glibc's own adaptive mutex has it.

// Tells the processor that this is a loop that waits.
void CalmDown() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

Mutex::Mutex(const LockClass& lock_class, std::string name, ObjectId parent)
    : lock_class_(lock_class),
      object_(trace::ObjectType::kMutex, name, lock_class.name, parent),
      name_(std::move(name)) {}

Mutex::~Mutex() = default;

// What follows an acquisition, and what comes before a release: a part of the functions that they are in, as these few
// instructions are all that a recorder may cost.
[[gnu::always_inline]] inline void Mutex::Acquired(ThreadState& self, SiteId site, bool contended) {
  const uint32_t watching = Watching();
  const bool recorded = contended || (watching & kContendedOnly) == 0;
  const bool listed = (watching & ~kRecording) != 0;  // For the guard, and for a controlled run.
  owner_.store(self.id() | uint64_t{site} << kSiteShift | kHeld | (recorded ? kRecorded : 0) | (listed ? kListed : 0),
               std::memory_order_relaxed);
  const uint32_t sequence = ++sequence_;
  if (listed) self.PushHeld(*this, site);
  if (recorded) self.Record(EventKind::kLockAcquired, id(), sequence, site);
}

[[gnu::always_inline]] inline void Mutex::Releasing(ThreadState& self, uint64_t owner, SiteId site) {
  // The release of a hold that began unrecorded is of use to those who wait for it.
  if ((owner & kRecorded) != 0 || (Watching() & kContendedOnly) == 0) {
    self.Record(EventKind::kLockReleased, id(), sequence_, site);
  }
  if ((owner & kListed) != 0 || (owner & kHeld) == 0) self.PopHeld(*this);
  owner_.store(owner & ~kState, std::memory_order_relaxed);
}

void Mutex::RecordAcquire(ThreadState& self, SiteId site, bool contended) { Acquired(self, site, contended); }

// Of a hold that ends in a wait the release is always recorded: when the thread began to sleep is told by it.
void Mutex::RecordRelease(ThreadState& self, SiteId site) {
  Releasing(self, owner_.load(std::memory_order_relaxed) | kRecorded, site);
}

void Mutex::LockRecorded(SourcePlace place) {
  trace::ThreadLog* const self = trace::internal::current_thread_log;
  const SiteId site = trace::SiteFor(place);
  if (self == nullptr || !native_.try_lock()) [[unlikely]]
    return LockWatched(place);
  owner_.store(self->thread() | uint64_t{site} << kSiteShift | kHeld | kRecorded, std::memory_order_relaxed);
  self->Record(EventKind::kLockAcquired, id(), ++sequence_, site);
}

void Mutex::UnlockRecorded(SourcePlace place) {
  trace::ThreadLog* const self = trace::internal::current_thread_log;
  const uint64_t owner = owner_.load(std::memory_order_relaxed);
  const SiteId site = place.key() == 0 ? Unpack(owner).site : trace::SiteFor(place);
  self->Record(EventKind::kLockReleased, id(), sequence_, site);
  owner_.store(owner & ~kState, std::memory_order_relaxed);
  native_.unlock();
}

// Most holds are shorter than it takes to put a thread to sleep and wake it again, so who finds the lock taken looks again for
// a while. It looks at the owner's word and touches the lock only when that says that it is free: asking the lock itself would
// slow its holder down.
bool Mutex::SpinForLock() {
  for (int i = 0; i < kSpins; ++i) {
    if (!owner().held && native_.try_lock()) return true;
    CalmDown();
  }
  return false;
}

void Mutex::LockWatched(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  return self.runtime() != nullptr ? self.runtime()->Lock(self, *this, place) : LockAlone(self, place);
}

void Mutex::LockAlone(ThreadState& self, SourcePlace place) {
  const SiteId site = trace::SiteFor(place);
  if (!self.InOrder(lock_class_)) [[unlikely]]
    CheckAcquisition(self, *this, site);
  if (!native_.try_lock()) [[unlikely]] {
    self.Record(EventKind::kLockRequested, id(), holder(), site);
    if (!SpinForLock()) native_.lock();
    return Acquired(self, site, true);
  }
  Acquired(self, site, false);
}

bool Mutex::TryLockWatched(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kTryLock, id())) return true;
  const SiteId site = trace::SiteFor(place);
  if (!self.InOrder(lock_class_)) [[unlikely]]
    CheckAcquisition(self, *this, site);
  if (self.runtime() != nullptr ? !self.runtime()->TryLock(*this) : !native_.try_lock()) {
    self.Record(EventKind::kLockTryFailed, id(), holder(), site);
    return false;
  }
  Acquired(self, site, false);
  return true;
}

void Mutex::UnlockWatched(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  return self.runtime() != nullptr ? self.runtime()->Unlock(self, *this, place) : UnlockAlone(self, place);
}

void Mutex::UnlockAlone(ThreadState& self, SourcePlace place) {
  const uint64_t owner = owner_.load(std::memory_order_relaxed);
  if ((owner & kHeld) == 0 && trace::internal::was_unwatched.load(std::memory_order_relaxed)) [[unlikely]] {
    native_.unlock();  // It was taken while nobody looked.
    return;
  }
  // Who lets a lock go at the end of a scope names no place: it is that of the scope's beginning.
  Releasing(self, owner, place.key() == 0 ? Unpack(owner).site : trace::SiteFor(place));
  native_.unlock();
}

}  // namespace lockscope::sync
