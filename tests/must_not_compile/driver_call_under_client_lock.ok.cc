// The correct version of driver_call_under_client_lock.cc: the client's lock is gone before the call.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void Serve(SharedState& shared, Client& client, Call& call)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  {
    ServerLock server_lock(shared.mu());
    const ClientLock client_lock(client.mu());
    server_lock.unlock();
  }
  shared.dispatcher.Run(call);
}

}  // namespace lockscope::daemon
