// expect: calling function 'Hostname' requires negative capability '!client_held'
//
// R3 through a helper that says nothing of locks: the compiler asks the helper itself for the proof, so that a call
// cannot be hidden in one.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

size_t LengthOfHostname(Driver& driver) { return driver.Hostname().value_or("").size(); }

size_t Serve(SharedState& /*shared*/, Client& /*client*/, Driver& driver)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  return LengthOfHostname(driver);
}

}  // namespace lockscope::daemon
