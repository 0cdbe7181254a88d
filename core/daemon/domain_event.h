// DomainEvent: something that happened to a domain, for those clients who want to know.
//
// A driver never calls out: while a call runs it puts what it causes here, into a list that belongs to the call, and the
// worker delivers the list when the call is over and no lock is held (subscriber_scan.h). Plain values; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/daemon/domain.h"

namespace lockscope::daemon {

// The numbers are those of the wire.
enum class Lifecycle : int32_t { kStarted = 2, kSuspended = 3, kResumed = 4, kStopped = 5 };
inline constexpr int32_t kStoppedDestroyed = 1;  // The detail; 0 for the others.

struct DomainEvent {
  DomainRef domain;  // As it was after the change: the id of one that stopped is -1.
  Lifecycle what = Lifecycle::kStarted;
  int32_t detail = 0;
  bool operator==(const DomainEvent&) const = default;
};

using DomainEvents = std::vector<DomainEvent>;  // In the order in which they happened.

}  // namespace lockscope::daemon
