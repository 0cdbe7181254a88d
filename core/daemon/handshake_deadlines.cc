#include "core/daemon/handshake_deadlines.h"

#include "core/sync/guard.h"

namespace lockscope::daemon {

void HandshakeDeadlines::Start(Client& client) {
  timers_[&client] = loop_.AddTimer("handshake of " + client.name(), timeout_ns_, 0, [this, &client] {
    sync::AssertNothingHeld();
    missed_(client);
  });
}

void HandshakeDeadlines::Stop(const Client& client) {
  const auto found = timers_.find(&client);
  if (found == timers_.end()) return;
  loop_.RemoveTimer(found->second);
  timers_.erase(found);
}

}  // namespace lockscope::daemon
