// expect: reading variable 'clients' requires holding held-lock class 'server_held'
//
// The list of clients is read without the server lock that guards it.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

size_t CountClients(SharedState& shared) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  return shared.clients.size();
}

}  // namespace lockscope::daemon
