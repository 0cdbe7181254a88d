// UnixListener: connections from a Unix socket, which is private to the user (mode 0600) unless told otherwise.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>

#include "core/daemon/socket_listener.h"

namespace lockscope::daemon {

class UnixListener final : public SocketListener {
 public:
  static constexpr mode_t kPrivate = 0600;

  // Binds the path. A socket that a killed daemon left there is replaced; one that is in use, or a file that is no socket,
  // is an error and stays. The file never has more rights than `mode` says, not even for a moment.
  static Result<std::unique_ptr<UnixListener>> Bind(const std::string& path, loop::PollPoller& poller,
                                                    mode_t mode = kPrivate);
  ~UnixListener() override;

  // Removes the socket's file, too; not what somebody else has put in its place meanwhile.
  void Close() override;

 private:
  UnixListener(std::string path, unique_fd fd, loop::PollPoller& poller);
  rpc::Peer Welcome(int connection, const sockaddr_storage& address, socklen_t length) const override;

  struct stat file_ {};  // The socket's, as it was made.
};

}  // namespace lockscope::daemon
