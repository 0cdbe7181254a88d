// The reply to a call that is refused without a look at its arguments. Any thread.
#pragma once

#include "core/rpc/message.h"
#include "core/rpc/wire_values.h"

namespace lockscope::daemon {

// Makes the call in `message` its own refusal. False, and nothing is done, where it is no call: that gets no reply.
bool MakeRefusal(rpc::Message& message, const rpc::WireError& error);

}  // namespace lockscope::daemon
