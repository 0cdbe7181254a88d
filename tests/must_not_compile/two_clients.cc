// expect: acquiring held-lock class 'client_held' that is already held
//
// R1, two clients' locks at once: a second thread that takes them the other way round would meet this one.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

bool BothHaveJobs(SharedState& shared, Client& one, Client& other)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  const ClientLock lock_of_one(one.mu());
  const ClientLock lock_of_other(other.mu());
  return one.has_job() && other.has_job();
}

}  // namespace lockscope::daemon
