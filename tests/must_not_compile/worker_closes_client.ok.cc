// The correct version of worker_closes_client.cc: the worker marks the client, and the loop closes it when its replies
// are written.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void SayGoodbye(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  client.CloseAfterReplies();
  shared.loop.WakeUp();
}

}  // namespace lockscope::daemon
