// The correct version of bypass.cc: the client is reached through the server lock.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

bool HasJob(SharedState& shared, Client& client) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  return client.has_job();
}

}  // namespace lockscope::daemon
