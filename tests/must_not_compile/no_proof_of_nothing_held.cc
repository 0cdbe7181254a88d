// expect: acquiring held-lock class 'server_held' requires negative capability '!server_held'
//
// A function on the way to the server lock says nothing of what is held: without -Wthread-safety-negative a caller that
// holds a client's lock could hide behind it.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void Quit(SharedState& shared) {
  const ServerLock server_lock(shared.mu());
  shared.quit = true;
}

}  // namespace lockscope::daemon
