// expect: calling function 'wait' requires holding held-lock class 'server_held' exclusively
//
// R5: a wait on the job condition without the server lock.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void AwaitJob(SharedState& shared) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  shared.job.wait();
}

}  // namespace lockscope::daemon
