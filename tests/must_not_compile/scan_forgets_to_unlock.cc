// expect: mutex 'client_held' is not held on every path through here
//
// A scan hands a locked client over, and the function that got it returns without letting the lock go.
#include "core/daemon/job_scan.h"
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void LookForJob(SharedState& shared) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  ServerLock server_lock(shared.mu());
  JobScan scan;
  if (!scan.LockClientWithJob(shared.clients, shared.turn)) return;
  server_lock.unlock();
}

}  // namespace lockscope::daemon
