#include "core/daemon/socket_listener.h"

#include <cerrno>

namespace lockscope::daemon {
namespace {

// accept(2) passes on what has happened to a connection on its way: that one is gone, and the next one may be well. Any
// other error (no descriptor, no memory) leaves the connection waiting.
bool OfThatConnectionOnly(int error_number) {
  switch (error_number) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case ENOPROTOOPT:
      return true;
    default:
      return false;
  }
}

}  // namespace

SocketListener::SocketListener(std::string where, unique_fd fd, loop::PollPoller& poller)
    : where_(std::move(where)), poller_(poller), fd_(std::move(fd)), handle_(poller.Add(fd_.get())) {}

SocketListener::~SocketListener() = default;

Result<void> SocketListener::Listen() {
  if (::listen(fd_.get(), SOMAXCONN) == 0) return {};
  return Fail("{}: cannot listen there: {}", where_, ErrnoText(errno));
}

void SocketListener::Close() { fd_.reset(); }

Result<std::unique_ptr<rpc::Transport>> SocketListener::Accept() {
  sockaddr_storage address{};
  socklen_t length = 0;
  unique_fd connection;
  do {
    length = sizeof address;
    connection.reset(
        ::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  } while (!connection.valid() && OfThatConnectionOnly(errno));
  if (!connection.valid()) {
    if (errno == EAGAIN) return nullptr;
    return Fail("{}: cannot accept a connection: {}", where_, ErrnoText(errno));
  }
  rpc::Peer peer = Welcome(connection.get(), address, length);
  const Handle handle = poller_.Add(connection.get());
  return std::make_unique<rpc::FdTransport>(std::move(connection), std::move(peer), handle,
                                            rpc::FdTransport::Reading::kReadAhead);
}

}  // namespace lockscope::daemon
