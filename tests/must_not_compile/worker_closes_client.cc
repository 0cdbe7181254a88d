// expect: calling function 'Close' requires holding role 'on_loop_thread' exclusively
//
// R7: a worker closes its client's connection. The loop may be polling that descriptor.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void SayGoodbye(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  client.Close(trace::EventKind::kJobDroppedClientDead);
}

}  // namespace lockscope::daemon
