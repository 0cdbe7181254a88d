// MemoryDriverConfig: which domains a MemoryDriver has, on which machine, and how its calls go: a script of delays, failures
// and events. Plain values, before the driver is made; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/daemon/driver.h"

namespace lockscope::daemon {

// What one call of a procedure does: waits, then works or fails.
struct CallStep {
  int64_t delay_ns = 0;
  std::optional<DriverError> failure;
  // First of all it waits until a call of this procedure has begun after it; "": it does not. Where none comes in time it
  // fails with the error kOperationTimeout.
  std::string waits_for = {};
  // Happens in the call, before what it does itself, and though it may fail. Only for the calls that change a domain: the
  // others report no events.
  DomainEvents events = {};
};

// By procedure name (see Dispatcher::DriverProcedureNames). The n-th call of a procedure takes the n-th step, and after
// the last step the first again; a procedure without steps takes those of "*", counted over all such procedures
// together, and if there is no "*" it works at once.
using CallScript = std::map<std::string, std::vector<CallStep>, std::less<>>;

// One running domain, "test", with the id 1: the same that libvirt's test driver has.
std::vector<Domain> DefaultDomains();

struct MemoryDriverConfig {
  std::string hostname = "lockscope";
  std::string uri = "test:///default";  // The one address that can be opened, besides none.
  std::vector<Domain> domains = DefaultDomains();
  HostNode node;
  CallScript script;
  int64_t wait_limit_ns = 50'000'000;  // For CallStep::waits_for.
};

}  // namespace lockscope::daemon
