#include "core/daemon/leader.h"

#include "core/sync/guard.h"
#include "core/sync/thread.h"

namespace lockscope::daemon {

using trace::EventKind;

Leader::Leader(const ServerOptions& options, loop::Poller& poller, Listeners listeners, Driver& driver, Parts parts)
    : parts_(std::move(parts)),
      listeners_(std::move(listeners)),
      loop_(parts_.event_loop(poller)),
      dispatcher_(driver),
      server_(parts_.server(options, parts_, poller, *loop_, listeners_, dispatcher_)) {}

Result<void> Leader::Prepare() {
  sync::TakeRole(sync::Role::kLeader);
  return server_->Prepare();
}

void Leader::Run() {
  {
    sync::Thread loop_thread("event loop", sync::Role::kEventLoop, [this] { server_->Run(); });
    sync::RecordEvent(EventKind::kDaemonStarted, kNoObject);
    loop_thread.Join();
    sync::RecordEvent(EventKind::kLoopEnded, kNoObject);
  }
  for (Listener* listener : listeners_) listener->Close();
}

}  // namespace lockscope::daemon
