// SocketListener: what listeners on a socket share: the listening descriptor, accepting, closing. A Unix socket and a TCP
// port differ in how they are bound and in what they say of a peer.
//
// Threads and errors: see listener.h.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>

#include "core/base/unique_fd.h"
#include "core/daemon/listener.h"
#include "core/loop/poll_poller.h"
#include "core/rpc/fd_transport.h"

namespace lockscope::daemon {

class SocketListener : public Listener {
 public:
  ~SocketListener() override;

  Handle handle() const override { return handle_; }
  Result<std::unique_ptr<rpc::Transport>> Accept() final;
  void Close() override;

 protected:
  // `fd` is bound to `where`, which is for messages; it begins to listen in Listen(). `poller` must outlive the listener and
  // its connections.
  SocketListener(std::string where, unique_fd fd, loop::PollPoller& poller);
  Result<void> Listen();
  bool listening() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  const std::string& where() const { return where_; }

  // Who has connected, of what accept(2) says; may set options of the connection.
  virtual rpc::Peer Welcome(int connection, const sockaddr_storage& address, socklen_t length) const = 0;

 private:
  const std::string where_;
  loop::PollPoller& poller_;
  unique_fd fd_;
  const Handle handle_;
};

}  // namespace lockscope::daemon
