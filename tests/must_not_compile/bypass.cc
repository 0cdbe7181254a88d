// expect: calling function 'mu' requires holding held-lock class 'server_held' exclusively
//
// R1, the bypass: a client's lock is taken without the server lock. A worker that scans could then sleep through the
// signal (core/daemon/THREADING.md); no order of ranks would notice.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

bool HasJob(SharedState& /*shared*/, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ClientLock client_lock(client.mu());
  return client.has_job();
}

}  // namespace lockscope::daemon
