// The correct version of two_clients.cc: one client's lock is gone before the next one's is asked for.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

bool HasJob(Client& client) LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held) {
  const ClientLock client_lock(client.mu());
  return client.has_job();
}

bool BothHaveJobs(SharedState& shared, Client& one, Client& other)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  return HasJob(one) && HasJob(other);
}

}  // namespace lockscope::daemon
