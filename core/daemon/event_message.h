// EventMessage: an event of a domain as it goes over the wire, to the subscription of that number. Pure; any thread.
#pragma once

#include <cstdint>

#include "core/daemon/domain_event.h"
#include "core/rpc/message.h"

namespace lockscope::daemon {

rpc::Message EventMessage(int32_t subscription, const DomainEvent& event);

}  // namespace lockscope::daemon
