// The correct version of events_to_two_clients.cc: the first is let go before the next one is locked.
#include "core/daemon/shared_state.h"
#include "core/daemon/subscriber_scan.h"

namespace lockscope::daemon {

void TellTwo(SharedState& shared, const DomainEvent& event)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  SubscriberScan scan(event);
  const ServerLock server_lock(shared.mu());
  if (!scan.LockNext(shared.clients)) return;
  static_cast<void>(scan.client().QueueEvent(event, 1, SIZE_MAX));
  scan.unlock();
  if (!scan.LockNext(shared.clients)) return;
  static_cast<void>(scan.client().QueueEvent(event, 1, SIZE_MAX));
  scan.unlock();
}

}  // namespace lockscope::daemon
