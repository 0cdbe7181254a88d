// The correct version of worker_does_io.cc: the function is for the loop's thread, and says so.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void SendReplies(SharedState& shared, Client& client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) LS_REQUIRES(sync::on_loop_thread) {
  const ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  static_cast<void>(client.Write());
}

}  // namespace lockscope::daemon
