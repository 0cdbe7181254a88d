// A deadlock written down by hand, as a controlled run of a scenario records it.
#pragma once

#include "core/trace/trace.h"

namespace lockscope::testing {

// One worker; alice makes two calls, domain_list and hostname. Queuing the first reply, worker-1 takes alice's lock and
// then wants the server's; the event loop, reading her second call, has the server's and wants alice's. R1 is broken by
// worker-1. A microsecond an event; three captions, each bound to the event before it, and one question with its answer
// at the last event, which closes the circle.
trace::Trace ReplyLocksClientFirst();

}  // namespace lockscope::testing
