// The correct version of guarded_field.cc: the lock is held.
#include "core/base/annotations.h"

namespace {

class LS_CAPABILITY("mutex") Mutex {
 public:
  void lock() LS_ACQUIRE() {}
  void unlock() LS_RELEASE() {}
  const Mutex& operator!() const { return *this; }  // For LS_REQUIRES(!mutex): "not held".
};

class Account {
 public:
  void Deposit(int amount) LS_REQUIRES(!mutex_) {
    mutex_.lock();
    balance_ += amount;
    mutex_.unlock();
  }

 private:
  Mutex mutex_;
  int balance_ LS_GUARDED_BY(mutex_) = 0;
};

}  // namespace

int main() { Account().Deposit(1); }
