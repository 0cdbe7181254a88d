// TcpListener: connections from one TCP port of one address of this machine.
//
// Whoever can reach the address can connect: the protocol has no password. Hence loopback is what an address is unless it
// says otherwise, and TLS (tls_listener.h) is what belongs on any other.
#pragma once

#include <netdb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/daemon/socket_listener.h"

namespace lockscope::daemon {

struct TcpAddress {
  std::string host;   // A numeric address or a name; "": this machine's loopback, IPv4 and IPv6.
  uint16_t port = 0;  // 0: the system chooses one.

  // Reads "PORT", "ADDRESS:PORT" or, for IPv6, "[ADDRESS]:PORT".
  static Result<TcpAddress> Parse(std::string_view text);
};

class TcpListener final : public SocketListener {
 public:
  // One listener for each address that the host has: all on one port, also where the system chooses it. Without a host it
  // is enough that one of the two loopback addresses exists.
  static Result<std::vector<std::unique_ptr<TcpListener>>> Bind(const TcpAddress& address, loop::PollPoller& poller);

  uint16_t port() const { return port_; }
  std::string name() const { return where(); }  // "127.0.0.1:16509", "[::1]:16509".

 private:
  TcpListener(std::string where, uint16_t port, unique_fd fd, loop::PollPoller& poller);
  static Result<std::vector<std::unique_ptr<TcpListener>>> BindAll(addrinfo& addresses, const TcpAddress& address,
                                                                   loop::PollPoller& poller, int& error_number);
  static Result<std::unique_ptr<TcpListener>> BindOne(const sockaddr* address, socklen_t length,
                                                      loop::PollPoller& poller, int& error_number);
  rpc::Peer Welcome(int connection, const sockaddr_storage& address, socklen_t length) const override;

  const uint16_t port_;
};

}  // namespace lockscope::daemon
