// expect: cannot call function 'LengthOfHostname' while mutex 'client_held' is held
//
// R3 through an honest helper: it says that it makes a driver call, and its caller holds the client's lock.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

size_t LengthOfHostname(Driver& driver) LS_DRIVER_CALL { return driver.Hostname().value_or("").size(); }

size_t Serve(SharedState& shared, Client& client, Driver& driver)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  return LengthOfHostname(driver);
}

}  // namespace lockscope::daemon
