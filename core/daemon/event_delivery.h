// DeliverEvents: tells the clients who asked for it what a driver call has caused. The worker that made the call does it,
// after the call and before the reply to it is queued: so who has the reply knows that the events are on their way, and the
// events of calls that were made one after the other are queued in that order, also by different workers. (The events of
// calls at the same time are queued in the order in which their workers come here.)
//
// No lock is held when it begins, as a driver call has just ended; and then never two clients' (subscriber_scan.h). It
// waits for nobody to read: what is too much for one client is that client's end (Client::QueueEvent), which the loop
// makes (R7).
#pragma once

#include <cstdint>

#include "core/daemon/domain_event.h"
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

// `job` is the number of the job whose call it was. Worker only.
void DeliverEvents(SharedState& shared, const DomainEvents& events, uint32_t job)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

}  // namespace lockscope::daemon
