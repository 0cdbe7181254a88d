// Acceptor: takes connections from the daemon's listeners, one a turn and listener, and gives each client its name.
//
// Where the process has no descriptor left a connection stays waiting, and its listener would be readable in every turn:
// until the next try, 100 ms later, no listener is watched. Loop thread only, but Watch: before the loop runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/daemon/daemon_log.h"
#include "core/daemon/listener.h"
#include "core/loop/event_loop.h"

namespace lockscope::daemon {

class Acceptor {
 public:
  // The client's name: what it calls itself, or "client-1", "client-2", …
  using Accepted = std::function<void(std::string name, std::unique_ptr<rpc::Transport> transport)>;

  // All of them must outlive the acceptor; each listener's handle is the loop's Poller's. `log` is told when descriptors
  // run out.
  Acceptor(loop::EventLoop& event_loop, Listeners listeners, DaemonLog& log, Accepted accepted);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void Watch() LS_REQUIRES(!sync::loop_held);
  // For good: who comes from here on waits until the listeners are closed.
  void Stop() LS_REQUIRES(!sync::loop_held);

 private:
  void OnConnection(Listener& listener);
  void Pause(const std::string& reason) LS_REQUIRES(!sync::loop_held);

  // Constant after construction.
  loop::EventLoop& loop_;
  const Listeners listeners_;
  DaemonLog& log_;
  const Accepted accepted_;

  std::vector<loop::WatchId> watches_;
  bool paused_ = false;
  bool complained_ = false;  // Since the last connection that was accepted.
  uint32_t last_unnamed_client_ = 0;
};

}  // namespace lockscope::daemon
