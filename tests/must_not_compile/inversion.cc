// expect: cannot call function 'mu' while mutex 'client_held' is held
//
// R1, the inversion: the server lock is asked for with a client's lock held. Another thread that holds the server lock
// and waits for this client would wait for ever.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void LooksAgain(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  server_lock.unlock();
  const ServerLock again(shared.mu());
}

}  // namespace lockscope::daemon
