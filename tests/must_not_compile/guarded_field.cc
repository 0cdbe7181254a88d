// expect: writing variable 'balance_' requires holding mutex 'mutex_' exclusively
//
// A field that a lock guards is written without the lock. The simplest breach there is: it shows that the annotations
// of core/base/annotations.h reach the compiler at all.
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
  void Deposit(int amount) LS_REQUIRES(!mutex_) { balance_ += amount; }

 private:
  Mutex mutex_;
  int balance_ LS_GUARDED_BY(mutex_) = 0;
};

}  // namespace

int main() { Account().Deposit(1); }
