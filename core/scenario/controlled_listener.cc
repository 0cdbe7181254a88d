#include "core/scenario/controlled_listener.h"

#include "core/scenario/scripted_handshake.h"

namespace lockscope::scenario {

using sched::UnseenByRaceDetector;
using sync::Action;

ControlledListener::ControlledListener(sched::ControlledRuntime& runtime, sched::ControlledPoller& poller)
    : runtime_(runtime),
      poller_(poller),
      handle_(poller.Add([this] { return waiting_.empty() ? 0 : loop::kIoReadable; })) {}

Result<std::unique_ptr<rpc::Transport>> ControlledListener::Connect(const std::string& name,
                                                                    const std::optional<HandshakeScript>& handshake) {
  if (!runtime_.Step(Action::kConnect, kNoObject) || closed_) return Fail("{}: the daemon does not listen", name);
  sched::ControlledTransport::Pair ends = sched::ControlledTransport::Connect(runtime_, poller_, name);
  {
    const UnseenByRaceDetector unseen;
    std::unique_ptr<rpc::Transport> daemon_end = std::move(ends.daemon);
    if (handshake) daemon_end = std::make_unique<HandshakeTransport>(std::move(daemon_end), handshake->round_trips);
    waiting_.push_back(std::move(daemon_end));
  }
  poller_.Changed();
  return std::unique_ptr<rpc::Transport>(std::move(ends.client));
}

Result<std::unique_ptr<rpc::Transport>> ControlledListener::Accept() {
  if (!runtime_.Step(Action::kAccept, kNoObject)) return nullptr;
  const UnseenByRaceDetector unseen;
  if (waiting_.empty()) return nullptr;
  std::unique_ptr<rpc::Transport> next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

// Who waits to be accepted finds the connection closed.
void ControlledListener::Close() {
  const UnseenByRaceDetector unseen;
  closed_ = true;
  waiting_.clear();
}

}  // namespace lockscope::scenario
