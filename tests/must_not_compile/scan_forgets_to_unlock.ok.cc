// The correct version of scan_forgets_to_unlock.cc: the lock is let go.
#include "core/daemon/job_scan.h"
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void LookForJob(SharedState& shared) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  ServerLock server_lock(shared.mu());
  JobScan scan;
  if (!scan.LockClientWithJob(shared.clients, shared.turn)) return;
  server_lock.unlock();
  scan.unlock();
}

}  // namespace lockscope::daemon
