// The correct version of wait_without_mutex.cc: the server lock is held.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void AwaitJob(SharedState& shared) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  shared.job.wait();
}

}  // namespace lockscope::daemon
