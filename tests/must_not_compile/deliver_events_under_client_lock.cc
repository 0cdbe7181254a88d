// expect: cannot call function 'DeliverEvents' while mutex 'client_held' is held
//
// R1: the worker tells the subscribers of an event while it still has its own client's lock.
#include "core/daemon/event_delivery.h"

namespace lockscope::daemon {

void TellTooEarly(SharedState& shared, Client& client, const DomainEvents& events)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  ServerLock server_lock(shared.mu());
  const ClientLock client_lock(client.mu());
  server_lock.unlock();
  DeliverEvents(shared, events, 1);
}

}  // namespace lockscope::daemon
