// expect: cannot call function 'mu' while mutex 'loop_held' is held
//
// R2: the server lock is asked for by a function that runs under the event loop's own lock, which is a leaf.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void CountsClients(SharedState& shared) LS_REQUIRES(sync::loop_held, !sync::server_held, !sync::client_held) {
  const ServerLock server_lock(shared.mu());
}

}  // namespace lockscope::daemon
