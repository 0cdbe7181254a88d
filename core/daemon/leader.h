// Leader: the process leader. Builds everything, starts the event loop's thread, then only waits for its end (R8).
//
//   Leader leader(options, poller, listener, driver);
//   Result<void> ended = leader.Run();      returns when the daemon has shut down in order
//
// Run: the program's initial thread. RequestQuit: any thread, after Run has been called or before it.
#pragma once

#include <memory>

#include "core/daemon/driver.h"
#include "core/daemon/server.h"

namespace lockscope::daemon {

class Leader {
 public:
  // Poller, listener and driver must outlive the leader.
  Leader(const ServerOptions& options, loop::Poller& poller, Listener& listener, Driver& driver);
  Leader(const Leader&) = delete;
  Leader& operator=(const Leader&) = delete;

  // Fails where the daemon could not be started.
  Result<void> Run() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  void RequestQuit() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) { server_.RequestQuit(); }
  Server& server() { return server_; }

 private:
  Listener& listener_;
  loop::EventLoop loop_;
  const Dispatcher dispatcher_;
  Server server_;
};

}  // namespace lockscope::daemon
