// ConnectionState: what a connection's calls have made of it. Guarded by the client's lock.
#pragma once

#include "core/daemon/subscriptions.h"

namespace lockscope::daemon {

struct ConnectionState {
  bool open = false;
  bool read_only = false;
  // The client wants to be told if the driver's own connection ends. It has to be taken down; no driver of ours has one.
  bool close_callback = false;
  Subscriptions subscriptions = {};
};

}  // namespace lockscope::daemon
