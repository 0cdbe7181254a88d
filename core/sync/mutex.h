// Mutex: a lock with a name, a place in the lock order, and a memory of every acquisition.
//
// Each acquisition and release becomes an event (core/trace); one that has to wait is preceded by a request that names
// the thread in the way. Before it asks for the native lock it checks the order of locks and reports a breach with both
// locks, threads and places (core/sync/guard.h). Any thread.
//
// States: free → held (lock, try_lock) → free (unlock, by the thread that holds it). Not recursive: asking twice is a
// breach, and then a deadlock.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "core/base/annotations.h"
#include "core/base/ids.h"
#include "core/base/source_place.h"
#include "core/sync/lock_order.h"
#include "core/trace/registry.h"

namespace lockscope::sync {

class ThreadState;

class LS_CAPABILITY("mutex") Mutex {
 public:
  // `parent`: the traced object that the lock belongs to (a client), or none.
  Mutex(const LockClass& lock_class, std::string name, ObjectId parent = kNoObject);
  ~Mutex();
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock(SourcePlace place = SourcePlace::Here()) LS_ACQUIRE();
  bool try_lock(SourcePlace place = SourcePlace::Here()) LS_TRY_ACQUIRE(true);
  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE();

  // Only for annotations: LS_REQUIRES(!mu_).
  const Mutex& operator!() const { return *this; }

  const LockClass& lock_class() const { return lock_class_; }
  const std::string& name() const { return name_; }
  ObjectId id() const { return object_.id(); }
  // Who holds it and since where, or held it last: for messages. Another thread may change both meanwhile.
  ObjectId holder() const { return holder_.load(std::memory_order_relaxed); }
  ObjectId last_holder() const { return last_holder_.load(std::memory_order_relaxed); }
  SiteId last_site() const { return last_site_.load(std::memory_order_relaxed); }

  // For ConditionVariable: what surrounds a wait that lets the lock go and takes it again.
  void RecordRelease(ThreadState& self, SiteId site);
  void RecordAcquire(ThreadState& self, SiteId site);
  std::mutex& native() { return native_; }

 private:
  bool TryLockRaw(ThreadState& self);
  void LockRaw(ThreadState& self);

  const LockClass& lock_class_;
  const std::string name_;
  const trace::RegisteredObject object_;
  std::mutex native_;
  uint32_t sequence_ = 0;  // Counts acquisitions. Guarded by the lock itself: its order is theirs.
  std::atomic<ObjectId> holder_{kNoObject};
  std::atomic<ObjectId> last_holder_{kNoObject};
  std::atomic<SiteId> last_site_{kUnknownSite};
};

// Holds a mutex for a scope, or until unlock().
class LS_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex, SourcePlace place = SourcePlace::Here()) LS_ACQUIRE(mutex)
      : mutex_(&mutex), place_(place) {
    mutex.lock(place);
  }
  ~MutexLock() LS_RELEASE() {
    if (mutex_ != nullptr) mutex_->unlock(place_);
  }
  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE() {
    mutex_->unlock(place);
    mutex_ = nullptr;
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* mutex_;
  SourcePlace place_;
};

}  // namespace lockscope::sync
