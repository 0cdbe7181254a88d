// expect: cannot call function 'wait' while held-lock class 'client_held' is held
//
// R5: a wait on the job condition with a client's lock held as well: nobody could bring that client a job meanwhile.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void AwaitJob(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  if (!client.has_job()) shared.job.wait();
}

}  // namespace lockscope::daemon
