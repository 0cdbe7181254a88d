#include "core/cli/serve_listeners.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "core/daemon/tcp_listener.h"
#include "core/daemon/tls_listener.h"
#include "core/daemon/unix_listener.h"

namespace lockscope::cli {
namespace {

// What may stand in an address as it is; the rest becomes %20 and the like.
std::string Escaped(const std::string& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~";
  std::string escaped;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

// What a client on this machine calls that address.
std::string HostFor(const daemon::TcpAddress& address) {
  if (address.host.empty() || address.host == "0.0.0.0" || address.host == "::") return "localhost";
  return address.host.find(':') == std::string::npos ? address.host : fmt::format("[{}]", address.host);
}

// Clients have a folder of their own, with keys that the daemon need not see; where it is the same one it can be named.
std::string ClientFolder(const std::string& pki) {
  std::error_code ignored;
  const bool both = std::filesystem::exists(pki + "/clientcert.pem", ignored) &&
                    std::filesystem::exists(pki + "/clientkey.pem", ignored);
  return both ? Escaped(std::filesystem::absolute(pki, ignored).string()) : "FOLDER";
}

Result<void> BindTcp(const std::string& text, std::shared_ptr<const rpc::TlsCredentials> credentials,
                     const std::string& pki, loop::PollPoller& poller, ServeListeners& into) {
  const Result<daemon::TcpAddress> address = daemon::TcpAddress::Parse(text);
  if (!address) return Fail("{}: {}", credentials == nullptr ? "--tcp" : "--tls", address.error().message);
  Result<std::vector<std::unique_ptr<daemon::TcpListener>>> bound = daemon::TcpListener::Bind(*address, poller);
  if (!bound) return tl::make_unexpected(bound.error());
  const uint16_t port = bound->front()->port();
  into.uris.push_back(credentials == nullptr ? fmt::format("test+tcp://{}:{}/default", HostFor(*address), port)
                                             : fmt::format("test+tls://{}:{}/default?pkipath={}", HostFor(*address),
                                                           port, ClientFolder(pki)));
  for (std::unique_ptr<daemon::TcpListener>& listener : *bound) {
    into.names.push_back(listener->name());
    if (credentials == nullptr) {
      into.all.push_back(std::move(listener));
    } else {
      into.all.push_back(std::make_unique<daemon::TlsListener>(std::move(listener), credentials));
    }
  }
  return {};
}

}  // namespace

daemon::Listeners ServeListeners::pointers() const {
  daemon::Listeners pointers;
  for (const auto& listener : all) pointers.push_back(listener.get());
  return pointers;
}

Result<ServeListeners> BindAll(const ServeAddresses& addresses, loop::PollPoller& poller) {
  ServeListeners listeners;
  // What can be wrong without anything being bound comes first.
  std::shared_ptr<const rpc::TlsCredentials> credentials;
  if (!addresses.tls.empty()) {
    Result<std::shared_ptr<const rpc::TlsCredentials>> loaded =
        rpc::TlsCredentials::Load(addresses.pki, rpc::TlsRole::kServer);
    if (!loaded) return tl::make_unexpected(loaded.error());
    credentials = std::move(*loaded);
    listeners.caution = credentials->caution();
  }
  if (!addresses.socket.empty()) {
    Result<std::unique_ptr<daemon::UnixListener>> bound =
        daemon::UnixListener::Bind(addresses.socket, poller, addresses.socket_mode);
    if (!bound) return tl::make_unexpected(bound.error());
    std::error_code ignored;
    listeners.names.push_back(addresses.socket);
    listeners.uris.push_back("test+unix:///default?socket=" +
                             Escaped(std::filesystem::absolute(addresses.socket, ignored).string()));
    listeners.all.push_back(std::move(*bound));
  }
  if (!addresses.tcp.empty()) {
    if (Result<void> bound = BindTcp(addresses.tcp, nullptr, "", poller, listeners); !bound) {
      return tl::make_unexpected(bound.error());
    }
  }
  if (!addresses.tls.empty()) {
    if (Result<void> bound = BindTcp(addresses.tls, credentials, addresses.pki, poller, listeners); !bound) {
      return tl::make_unexpected(bound.error());
    }
  }
  return listeners;
}

}  // namespace lockscope::cli
