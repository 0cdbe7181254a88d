// expect: acquiring held-lock class 'client_held' that is already held
//
// R1: an event goes to one subscriber, and the next one is locked before the first is let go.
#include "core/daemon/shared_state.h"
#include "core/daemon/subscriber_scan.h"

namespace lockscope::daemon {

void TellTwo(SharedState& shared, const DomainEvent& event)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  SubscriberScan scan(event);
  const ServerLock server_lock(shared.mu());
  if (!scan.LockNext(shared.clients)) return;
  static_cast<void>(scan.client().QueueEvent(event, 1, SIZE_MAX));
  if (!scan.LockNext(shared.clients)) return;
  static_cast<void>(scan.client().QueueEvent(event, 1, SIZE_MAX));
  scan.unlock();
}

}  // namespace lockscope::daemon
