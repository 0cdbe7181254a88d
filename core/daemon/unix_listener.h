// UnixListener: connections from a Unix socket, private to the user (mode 0600).
#pragma once

#include <memory>
#include <string>

#include "core/base/unique_fd.h"
#include "core/daemon/listener.h"
#include "core/loop/poll_poller.h"

namespace lockscope::daemon {

class UnixListener final : public Listener {
 public:
  // Binds the path. A socket that a killed daemon left there is replaced; one that is in use, or a file that is no socket,
  // is an error and stays. `poller` must outlive the listener and its connections.
  static Result<std::unique_ptr<UnixListener>> Bind(const std::string& path, loop::PollPoller& poller);
  ~UnixListener() override;

  Handle handle() const override { return handle_; }
  Result<std::unique_ptr<rpc::Transport>> Accept() override;
  void Close() override;  // Removes the socket's file, too.

 private:
  UnixListener(std::string path, unique_fd fd, loop::PollPoller& poller);

  const std::string path_;
  loop::PollPoller& poller_;
  unique_fd fd_;
  const Handle handle_;
};

}  // namespace lockscope::daemon
