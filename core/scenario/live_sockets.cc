#include "core/scenario/live_sockets.h"

#include <optional>

#include "core/daemon/tls_listener.h"
#include "core/daemon/unix_listener.h"
#include "core/rpc/unix_socket.h"

namespace lockscope::scenario {

Result<LiveSockets> LiveSockets::Bind(const Scenario& scenario, const std::string& folder, loop::PollPoller& poller) {
  LiveSockets sockets(folder);
  Result<std::unique_ptr<daemon::UnixListener>> plain = daemon::UnixListener::Bind(sockets.plain_path_, poller);
  if (!plain) return tl::make_unexpected(plain.error());
  sockets.all_.push_back(std::move(*plain));
  std::optional<LiveTls> tls;
  for (const ClientScript& client : scenario.clients) {
    if (!client.tls) continue;
    if (!tls) tls.emplace();
    sockets.keys_[client.name] = tls->ForClient(client.name);
  }
  if (!tls) return sockets;
  Result<std::unique_ptr<daemon::UnixListener>> inner = daemon::UnixListener::Bind(sockets.tls_path_, poller);
  if (!inner) return tl::make_unexpected(inner.error());
  sockets.all_.push_back(std::make_unique<daemon::TlsListener>(std::move(*inner), tls->ForDaemon()));
  return sockets;
}

daemon::Listeners LiveSockets::listeners() const {
  daemon::Listeners listeners;
  for (const auto& listener : all_) listeners.push_back(listener.get());
  return listeners;
}

ClientProgram::Connect LiveSockets::WayFor(const ClientScript& script) const {
  using Connected = Result<std::unique_ptr<rpc::Transport>>;
  if (!script.tls) {
    return [&script, path = plain_path_]() -> Connected { return rpc::ConnectUnix(path, script.name); };
  }
  return [&script, path = tls_path_, keys = keys_.at(script.name)]() -> Connected {
    Result<std::unique_ptr<rpc::FdTransport>> connection = rpc::ConnectUnix(path, script.name);
    if (!connection) return tl::make_unexpected(connection.error());
    return ShakeHandsInTls(std::move(*connection), keys, script.tls->pause_ns);
  };
}

}  // namespace lockscope::scenario
