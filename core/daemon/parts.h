// Parts: what a daemon is made of, one factory a part. As they stand they make the correct parts; a bug on purpose
// (core/daemon/bugs) puts its own class in one's place, and the rest of the daemon does not notice.
//
// Plain data; a factory is called by the thread that builds that part: the leader, or for clients and workers the loop's.
// Everything that a factory is given outlives what it makes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/daemon/memory_driver.h"
#include "core/loop/poller.h"
#include "core/rpc/transport.h"

namespace lockscope::loop {
class EventLoop;
}

namespace lockscope::daemon {

class Client;
class Dispatcher;
class Listener;
using Listeners = std::vector<Listener*>;
class Server;
struct ServerOptions;
class SharedState;
class Worker;

struct Parts {
  Parts();

  std::function<std::unique_ptr<loop::EventLoop>(loop::Poller& poller)> event_loop;
  std::function<std::unique_ptr<Server>(const ServerOptions& options, const Parts& parts, loop::Poller& poller,
                                        loop::EventLoop& event_loop, Listeners listeners, const Dispatcher& dispatcher)>
      server;
  std::function<std::unique_ptr<Client>(std::string name, std::unique_ptr<rpc::Transport> transport, int max_requests)>
      client;
  std::function<std::unique_ptr<Worker>(std::string name, SharedState& shared)> worker;
  // Not built by the leader, who is given a driver: by whoever wants one of this kind.
  std::function<std::unique_ptr<MemoryDriver>(MemoryDriverConfig config, MemoryDriver::Sleep sleep)> memory_driver;
};

}  // namespace lockscope::daemon
