// The correct version of no_proof_of_nothing_held.cc: the function says what must not be held, and its callers are
// asked in turn.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void Quit(SharedState& shared) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  shared.quit = true;
}

}  // namespace lockscope::daemon
