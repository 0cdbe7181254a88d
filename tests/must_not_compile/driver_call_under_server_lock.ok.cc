// The correct version of driver_call_under_server_lock.cc: the server lock is gone before the call.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

DriverResult<std::string> Ask(SharedState& shared, Driver& driver)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  { const ServerLock server_lock(shared.mu()); }
  return driver.Hostname();
}

}  // namespace lockscope::daemon
