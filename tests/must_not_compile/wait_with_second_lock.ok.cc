// The correct version of wait_with_second_lock.cc: the client's lock is gone before the wait.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

bool HasJob(Client& client) LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held) {
  const ClientLock client_lock(client.mu());
  return client.has_job();
}

void AwaitJob(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  while (!HasJob(client)) shared.job.wait();
}

}  // namespace lockscope::daemon
