// The correct version of clients_without_server_lock.cc: the server lock is held.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

size_t CountClients(SharedState& shared) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  return shared.clients.size();
}

}  // namespace lockscope::daemon
