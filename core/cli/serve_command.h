// `lockscope serve`: the daemon, until it is told to end. The initial thread, once.
#pragma once

#include <string>

#include "core/cli/serve_listeners.h"
#include "core/daemon/server.h"

namespace lockscope::cli {

struct ServeOptions {
  ServeAddresses addresses;
  std::string socket_mode;  // Octal digits; "": the default.
  std::string out;          // "": nothing is recorded.
  bool contended_only = false;
  std::string ring;  // See ParseRing.
  daemon::ServerOptions server;
  double idle_timeout_s = 0;  // 0: it does not end by itself.
  double handshake_timeout_s = 10;
};

// The exit status: 0 it has ended in order, 2 it could not begin, or its recording could not be finished.
int Serve(ServeOptions options);

}  // namespace lockscope::cli
