// Leader: the process leader. Builds everything, starts the event loop's thread, then only waits for its end (R8).
//
//   Leader leader(options, poller, listener, driver);
//   leader.Prepare();     from here on clients may connect, and signals end the daemon in order
//   leader.Run();         returns when the daemon has shut down
//
// Prepare and Run: the program's initial thread, once, in this order. RequestQuit: any thread, at any time.
#pragma once

#include <memory>
#include <utility>

#include "core/daemon/driver.h"
#include "core/daemon/parts.h"
#include "core/daemon/server.h"

namespace lockscope::daemon {

class Leader {
 public:
  // Poller, listeners and driver must outlive the leader.
  Leader(const ServerOptions& options, loop::Poller& poller, Listeners listeners, Driver& driver, Parts parts = {});
  Leader(const ServerOptions& options, loop::Poller& poller, Listener& listener, Driver& driver, Parts parts = {})
      : Leader(options, poller, Listeners{&listener}, driver, std::move(parts)) {}
  Leader(const Leader&) = delete;
  Leader& operator=(const Leader&) = delete;

  // Fails where the daemon cannot be started (no descriptors left).
  Result<void> Prepare() LS_REQUIRES(!sync::loop_held);
  void Run();

  void RequestQuit() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) { server_->RequestQuit(); }
  Server& server() { return *server_; }

 private:
  const Parts parts_;
  const Listeners listeners_;
  const std::unique_ptr<loop::EventLoop> loop_;
  const Dispatcher dispatcher_;
  const std::unique_ptr<Server> server_;
};

}  // namespace lockscope::daemon
