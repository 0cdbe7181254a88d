// expect: cannot call function 'Run' while mutex 'client_held' is held
//
// R3: a driver call with the client's lock held. The call may take seconds; the event loop, and with it every client,
// would stand still behind that lock.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void Serve(SharedState& shared, Client& client, Call& call)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  server_lock.unlock();
  shared.dispatcher.Run(call);
}

}  // namespace lockscope::daemon
