// expect: calling function 'Write' requires holding role 'on_loop_thread' exclusively
//
// R7: a worker writes a reply to its client's socket. Only the loop's thread may: two writers would mix their bytes.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void SendReplies(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  static_cast<void>(client.Write());
}

}  // namespace lockscope::daemon
