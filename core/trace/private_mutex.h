// PrivateMutex: the recorder's own locks, which are never traced. Not for traced code: that has sync::Mutex.
#pragma once

#include <mutex>

#include "core/base/annotations.h"

namespace lockscope::trace {

// std::mutex bears no annotations under libstdc++: this names it as a capability for the analysis.
class LS_CAPABILITY("mutex") PrivateMutex {
 public:
  void lock() LS_ACQUIRE() { mu_.lock(); }
  void unlock() LS_RELEASE() { mu_.unlock(); }
  // Only for annotations: LS_REQUIRES(!mu_).
  const PrivateMutex& operator!() const { return *this; }

 private:
  std::mutex mu_;
};

class LS_SCOPED_CAPABILITY PrivateLock {
 public:
  explicit PrivateLock(PrivateMutex& mu) LS_ACQUIRE(mu) : mu_(mu) { mu_.lock(); }
  ~PrivateLock() LS_RELEASE() { mu_.unlock(); }
  PrivateLock(const PrivateLock&) = delete;
  PrivateLock& operator=(const PrivateLock&) = delete;

 private:
  PrivateMutex& mu_;
};

}  // namespace lockscope::trace
