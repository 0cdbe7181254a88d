// expect: cannot call function 'Hostname' while mutex 'server_held' is held
//
// R3: a driver call, of the driver itself, with the server lock held.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

DriverResult<std::string> Ask(SharedState& shared, Driver& driver)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  return driver.Hostname();
}

}  // namespace lockscope::daemon
