// The correct version of driver_call_hidden_in_helper.cc: the helper says that it is on the way to a driver call, and
// its caller holds nothing.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

size_t LengthOfHostname(Driver& driver) LS_DRIVER_CALL { return driver.Hostname().value_or("").size(); }

size_t Serve(SharedState& /*shared*/, Client& /*client*/, Driver& driver)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  return LengthOfHostname(driver);
}

}  // namespace lockscope::daemon
