// LiveSockets: where the daemon of a live run listens, and how the run's clients get there.
//
// One Unix socket, and a second one for TLS if a client of the scenario wants that: not a TCP port, as a Unix socket knows
// its clients' names. Made by the run's own thread; what WayFor gives back: any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/daemon/listener.h"
#include "core/loop/poll_poller.h"
#include "core/scenario/client_program.h"
#include "core/scenario/live_tls.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

class LiveSockets {
 public:
  // In a folder that nobody else uses. `poller` must outlive the sockets and their connections.
  static Result<LiveSockets> Bind(const Scenario& scenario, const std::string& folder, loop::PollPoller& poller);

  daemon::Listeners listeners() const;
  // The script must outlive it.
  ClientProgram::Connect WayFor(const ClientScript& script) const;

 private:
  explicit LiveSockets(const std::string& folder) : plain_path_(folder + "/socket"), tls_path_(folder + "/tls") {}

  std::string plain_path_;
  std::string tls_path_;
  std::vector<std::unique_ptr<daemon::Listener>> all_;
  std::map<std::string, TlsKeys> keys_;  // By client.
};

}  // namespace lockscope::scenario
