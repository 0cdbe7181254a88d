// The correct version of deliver_events_under_client_lock.cc: no lock is held any more.
#include "core/daemon/event_delivery.h"

namespace lockscope::daemon {

void TellInTime(SharedState& shared, Client& client, const DomainEvents& events)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  {
    ServerLock server_lock(shared.mu());
    const ClientLock client_lock(client.mu());
    server_lock.unlock();
    client.DropReference();
  }  // Not held while events are delivered: the next client's lock would be a second one.
  DeliverEvents(shared, events, 1);
}

}  // namespace lockscope::daemon
