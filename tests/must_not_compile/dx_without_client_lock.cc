// expect: calling function 'has_job' requires holding held-lock class 'client_held' exclusively
//
// A client's calls waiting are looked at with the server lock alone. It is the client's lock that guards them: the loop
// queues a call with only that one held.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

bool HasJob(SharedState& shared, Client& client) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  return client.has_job();
}

}  // namespace lockscope::daemon
