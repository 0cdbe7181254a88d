// Job: one call on its way through the daemon: from a client's dx to a worker, and as the reply to tx. Moved, never shared;
// it belongs to whoever has it.
#pragma once

#include <cstdint>

#include "core/base/ids.h"
#include "core/rpc/message.h"

namespace lockscope::daemon {

struct Job {
  uint32_t number = 0;  // Counts the jobs of the daemon from 1; the same in every event about it.
  ObjectId procedure = kNoObject;
  rpc::Message message;  // The call, and then its reply.
};

}  // namespace lockscope::daemon
