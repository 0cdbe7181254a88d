// The correct version of lock_under_loop_lock.cc: the function says that it is never called under the loop's lock.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void CountsClients(SharedState& shared) LS_REQUIRES(!sync::loop_held, !sync::server_held, !sync::client_held) {
  const ServerLock server_lock(shared.mu());
}

}  // namespace lockscope::daemon
