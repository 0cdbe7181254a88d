#include "core/daemon/tcp_listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

namespace lockscope::daemon {
namespace {

constexpr int kMostChoices = 20;  // Of a port by the system.

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// "127.0.0.1:80" or "[::1]:80".
std::string NameOf(const sockaddr* address, socklen_t length) {
  char host[NI_MAXHOST] = "?";
  char port[NI_MAXSERV] = "?";
  ::getnameinfo(address, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  return std::strchr(host, ':') == nullptr ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

uint16_t PortOf(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void SetPort(sockaddr* address, uint16_t port) {
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  }
}

Result<Addresses> Resolve(const TcpAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  // Without a host getaddrinfo(3) means loopback, as AI_PASSIVE is not asked for.
  const int error = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                  std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) return Fail("{}: no address of this machine: {}", address.host, ::gai_strerror(error));
  return Addresses(found, &::freeaddrinfo);
}

}  // namespace

Result<TcpAddress> TcpAddress::Parse(std::string_view text) {
  constexpr const char* kExpected = "expected PORT, ADDRESS:PORT or [ADDRESS]:PORT";
  TcpAddress result;
  std::string_view port = text;
  if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    port = text.substr(colon + 1);
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool has_colon = host.find(':') != std::string_view::npos;
    if (host.empty() || has_colon != bracketed) return Fail("'{}' is no TCP address: {}", text, kExpected);
    result.host = host;
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return Fail("'{}' is no TCP address: its port is '{}', {}; a port is 0 to 65535", text, port, kExpected);
  }
  return result;
}

Result<std::vector<std::unique_ptr<TcpListener>>> TcpListener::Bind(const TcpAddress& address,
                                                                    loop::PollPoller& poller) {
  const Result<Addresses> addresses = Resolve(address);
  if (!addresses) return tl::make_unexpected(addresses.error());
  // A port that the system chose for one family may be taken in the other: then another one is chosen.
  int error_number = 0;
  auto listeners = BindAll(**addresses, address, poller, error_number);
  for (int left = kMostChoices; !listeners && address.port == 0 && error_number == EADDRINUSE && left > 0; --left) {
    listeners = BindAll(**addresses, address, poller, error_number);
  }
  return listeners;
}

Result<std::vector<std::unique_ptr<TcpListener>>> TcpListener::BindAll(addrinfo& addresses, const TcpAddress& address,
                                                                       loop::PollPoller& poller, int& error_number) {
  std::vector<std::unique_ptr<TcpListener>> listeners;
  uint16_t port = address.port;
  Error first_error;
  for (const addrinfo* one = &addresses; one != nullptr; one = one->ai_next) {
    SetPort(one->ai_addr, port);
    error_number = 0;
    Result<std::unique_ptr<TcpListener>> listener = BindOne(one->ai_addr, one->ai_addrlen, poller, error_number);
    if (listener) {
      port = (*listener)->port();
      listeners.push_back(std::move(*listener));
      continue;
    }
    if (first_error.message.empty()) first_error = listener.error();
    // A machine may have no IPv6 at all, and nobody has asked for it by name. A port that is taken is an error.
    const bool no_such_family = error_number == EAFNOSUPPORT || error_number == EADDRNOTAVAIL;
    if (!address.host.empty() || !no_such_family) return tl::make_unexpected(listener.error());
  }
  if (listeners.empty()) return tl::make_unexpected(first_error);
  return listeners;
}

Result<std::unique_ptr<TcpListener>> TcpListener::BindOne(const sockaddr* address, socklen_t length,
                                                          loop::PollPoller& poller, int& error_number) {
  const auto failed = [&] {
    error_number = errno;
    return Fail("{}: cannot listen there: {}", NameOf(address, length), ErrnoText(error_number));
  };
  unique_fd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return failed();
  const int yes = 1;
  // The next daemon may have the port at once, although connections of the last one are still remembered.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  // IPv4 has a listener of its own.
  if (address->sa_family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  if (::bind(fd.get(), address, length) != 0) return failed();
  sockaddr_storage bound{};
  socklen_t bound_length = sizeof bound;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &bound_length) != 0) return failed();
  std::unique_ptr<TcpListener> listener(
      new TcpListener(NameOf(reinterpret_cast<sockaddr*>(&bound), bound_length), PortOf(bound), std::move(fd), poller));
  if (Result<void> listens = listener->Listen(); !listens) return tl::make_unexpected(listens.error());
  return listener;
}

TcpListener::TcpListener(std::string where, uint16_t port, unique_fd fd, loop::PollPoller& poller)
    : SocketListener(std::move(where), std::move(fd), poller), port_(port) {}

rpc::Peer TcpListener::Welcome(int connection, const sockaddr_storage& address, socklen_t length) const {
  const int yes = 1;  // A reply is one write, and there is nothing to wait for (Nagle's algorithm would).
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  // A machine that has gone says nothing; the system asks in the end, so that its clients are not kept for ever.
  ::setsockopt(connection, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  return {.address = NameOf(reinterpret_cast<const sockaddr*>(&address), length)};
}

}  // namespace lockscope::daemon
