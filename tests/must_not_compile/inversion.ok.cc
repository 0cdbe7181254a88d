// The correct version of inversion.cc: the server lock is taken first, and again only after the client's is gone.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void LooksAgain(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  {
    ServerLock server_lock(shared.mu());
    const ClientLock client_lock(client.mu());
    server_lock.unlock();
  }
  const ServerLock again(shared.mu());
}

}  // namespace lockscope::daemon
