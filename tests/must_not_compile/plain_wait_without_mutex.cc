// expect: calling function 'wait' requires holding mutex 'mu_' exclusively
//
// R5 for any condition: a wait needs the condition's own mutex.
#include "core/sync/condition_variable.h"

namespace lockscope::sync {

class Gate {
 public:
  void Pass() LS_REQUIRES(!mu_) {
    while (!IsOpen()) opened_.wait(mu_);
  }

 private:
  bool IsOpen() LS_REQUIRES(!mu_) {
    const MutexLock lock(mu_);
    return open_;
  }

  Mutex mu_{kDriverLock, "gate"};
  ConditionVariable opened_{"opened", mu_};
  bool open_ LS_GUARDED_BY(mu_) = false;
};

void PassThrough(Gate& gate);

}  // namespace lockscope::sync
