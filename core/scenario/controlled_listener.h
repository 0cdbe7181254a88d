// ControlledListener: where the connections of a controlled run come from. For the threads of one ControlledRuntime.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/daemon/listener.h"
#include "core/scenario/scenario.h"
#include "core/sched/controlled_transport.h"

namespace lockscope::scenario {

class ControlledListener final : public daemon::Listener {
 public:
  ControlledListener(sched::ControlledRuntime& runtime, sched::ControlledPoller& poller);

  // By a client program: its end of a connection that now waits to be accepted; what it writes is kept until then, as by a
  // socket. With a handshake the daemon's end begins by that. An error once the daemon no longer listens.
  Result<std::unique_ptr<rpc::Transport>> Connect(const std::string& name,
                                                  const std::optional<HandshakeScript>& handshake);

  Handle handle() const override { return handle_; }
  Result<std::unique_ptr<rpc::Transport>> Accept() override;
  void Close() override;

 private:
  sched::ControlledRuntime& runtime_;
  sched::ControlledPoller& poller_;
  const Handle handle_;
  std::deque<std::unique_ptr<rpc::Transport>> waiting_;
  bool closed_ = false;
};

}  // namespace lockscope::scenario
