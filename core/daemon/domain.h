// What a driver says about a domain (a virtual machine, real or pretended). Plain values; any thread.
#pragma once

#include <cstdint>

#include "core/rpc/wire_values.h"

namespace lockscope::daemon {

using rpc::DomainRef;
using rpc::Uuid;

// The numbers are those of the wire.
enum class DomainState : int32_t {
  kNoState = 0,
  kRunning = 1,
  kBlocked = 2,
  kPaused = 3,
  kShuttingDown = 4,
  kShutOff = 5,
  kCrashed = 6,
};

struct DomainStatus {
  DomainState state = DomainState::kNoState;
  int32_t reason = 0;  // Depends on the state; 0 is "unknown" for all of them.

  bool operator==(const DomainStatus&) const = default;
};

struct Domain {
  DomainRef ref;
  DomainStatus status;

  bool active() const { return ref.id != -1; }
  bool operator==(const Domain&) const = default;
};

// Which domains a list is to hold.
struct DomainFilter {
  bool active = true;
  bool inactive = true;
};

}  // namespace lockscope::daemon
