// Mutex: a lock with a name, a place in the lock order, and a memory of every acquisition.
//
// While a recording is on, each acquisition and release becomes an event (core/trace); one that has to wait is preceded by a
// request that names the thread in the way. While the guard is on, the order of locks is checked before the native lock is
// asked for, and a breach reported with both locks, threads and places (core/sync/guard.h). With neither, it is its native
// lock and one test. Any thread.
//
// States: free → held (lock, try_lock) → free (unlock, by the thread that holds it). Not recursive: asking twice is a
// breach, and then a deadlock.
#pragma once

#include <atomic>
#include <string>

#include "core/base/annotations.h"
#include "core/base/ids.h"
#include "core/base/source_place.h"
#include "core/sync/lock_order.h"
#include "core/sync/native_mutex.h"
#include "core/trace/registry.h"
#include "core/trace/thread_log.h"
#include "core/trace/watching.h"

namespace lockscope::sync {

class ThreadState;

class LS_CAPABILITY("mutex") Mutex {
 public:
  // `parent`: the traced object that the lock belongs to (a client), or none.
  Mutex(const LockClass& lock_class, std::string name, ObjectId parent = kNoObject);
  ~Mutex();
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock(SourcePlace place = SourcePlace::Here()) LS_ACQUIRE() {
    const uint32_t watching = trace::internal::Watching();
    if (watching == 0) return native_.lock();
    if (watching == trace::internal::kRecordingOn) return LockRecorded(place);
    if (watching == trace::internal::kRecording && LockCounted()) return;
    LockWatched(place);
  }
  bool try_lock(SourcePlace place = SourcePlace::Here()) LS_TRY_ACQUIRE(true) {
    if (trace::internal::Watching() != 0) return TryLockWatched(place);
    return native_.try_lock();
  }
  // With no place at all (SourcePlace()) its event has that of the acquisition.
  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE() {
    const uint32_t watching = trace::internal::Watching();
    const uint64_t owner = owner_.load(std::memory_order_relaxed);
    const uint64_t state = owner & kState;
    // A hold that was seen to begin is seen to end, whatever has been turned off meanwhile.
    if ((watching | state) == 0) return native_.unlock();
    if (watching == trace::internal::kRecordingOn && state == (kHeld | kRecorded)) return UnlockRecorded(place);
    if (watching == trace::internal::kRecording && state == kHeld) return UnlockCounted(owner);
    UnlockWatched(place);
  }

  // Only for annotations: LS_REQUIRES(!mu_).
  const Mutex& operator!() const { return *this; }

  const LockClass& lock_class() const { return lock_class_; }
  const std::string& name() const { return name_; }
  ObjectId id() const { return object_.id(); }

  // Who holds it and since where, or held it last: for messages. Another thread may change it meanwhile.
  struct Owner {
    ObjectId thread = kNoObject;
    SiteId site = kUnknownSite;
    bool held = false;
  };
  Owner owner() const { return Unpack(owner_.load(std::memory_order_relaxed)); }
  ObjectId holder() const { return owner().held ? owner().thread : kNoObject; }

  // For ConditionVariable: what surrounds a wait that lets the lock go and takes it again.
  void RecordRelease(ThreadState& self, SiteId site);
  void RecordAcquire(ThreadState& self, SiteId site, bool contended);
  NativeMutex& native() { return native_; }

 private:
  friend class LockSteps;

  // Where only contended acquisitions are recorded and nothing else is wanted: false where somebody is in the way.
  bool LockCounted() {
    const trace::ThreadLog* const self = trace::internal::current_thread_log;
    if (self == nullptr) return false;
    // Looked up before the lock is taken: what is done under it is waited for.
    const uint64_t held = self->thread() | kHeld;
    if (!native_.try_lock()) return false;
    owner_.store(held, std::memory_order_relaxed);
    ++sequence_;
    return true;
  }
  void UnlockCounted(uint64_t owner) {
    owner_.store(owner & ~kHeld, std::memory_order_relaxed);
    native_.unlock();
  }
  // The same as below for the case that a recording is on, in full, and nothing else.
  void LockRecorded(SourcePlace place);
  void UnlockRecorded(SourcePlace place);
  void LockWatched(SourcePlace place);
  bool TryLockWatched(SourcePlace place);
  void UnlockWatched(SourcePlace place);
  // By a thread without a runtime.
  void LockAlone(ThreadState& self, SourcePlace place);
  void UnlockAlone(ThreadState& self, SourcePlace place);
  bool SpinForLock();
  void Acquired(ThreadState& self, SiteId site, bool contended);
  void Releasing(ThreadState& self, uint64_t owner, SiteId site);

  // An Owner as one word, so that it is stored at once: thread 24 bits, site 12, then the flags.
  static constexpr int kSiteShift = 24;
  static constexpr uint64_t kHeld = uint64_t{1} << 36;
  static constexpr uint64_t kRecorded = uint64_t{1} << 37;  // Its acquisition is in the recording.
  static constexpr uint64_t kListed = uint64_t{1} << 38;    // It is among the locks that its thread knows to hold.
  static constexpr uint64_t kState = kHeld | kRecorded | kListed;
  static Owner Unpack(uint64_t word) {
    return {static_cast<ObjectId>(word & kMaxObjectId), static_cast<SiteId>(word >> kSiteShift & kMaxSiteId),
            (word & kHeld) != 0};
  }

  const LockClass& lock_class_;
  const trace::RegisteredObject object_;
  uint32_t sequence_ = 0;  // Counts acquisitions that were watched. Guarded by the lock itself: its order is theirs.
  NativeMutex native_;
  std::atomic<uint64_t> owner_{0};
  const std::string name_;
};

// Holds a mutex for a scope, or until unlock().
class LS_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex, SourcePlace place = SourcePlace::Here()) LS_ACQUIRE(mutex) : mutex_(&mutex) {
    mutex.lock(place);
  }
  ~MutexLock() LS_RELEASE() {
    if (mutex_ != nullptr) mutex_->unlock(SourcePlace());
  }
  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE() {
    mutex_->unlock(place);
    mutex_ = nullptr;
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* mutex_;
};

}  // namespace lockscope::sync
