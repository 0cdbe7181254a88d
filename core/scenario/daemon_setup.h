// What a scenario says of the daemon, as the daemon's own parts and options. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/daemon/memory_driver.h"
#include "core/daemon/parts.h"
#include "core/daemon/server.h"
#include "core/scenario/scenario.h"
#include "core/sync/thread.h"

namespace lockscope::scenario {

daemon::ServerOptions ServerOptionsFor(const Scenario& scenario);
daemon::MemoryDriverConfig DriverConfigFor(const Scenario& scenario);
daemon::Parts PartsFor(const Scenario& scenario);  // With the scenario's bug in its place.

// Whether the last client to end tells the daemon to end, too.
bool EndsWithItsClients(const Scenario& scenario);
// The thread that tells it so at the time that the scenario says; null where it says none. To be joined after the daemon.
std::unique_ptr<sync::Thread> StartAdministrator(const Scenario& scenario, std::function<void()> tell_to_end);

// What the recording is to say of the run as a whole; `mode` is "live" or "controlled", `file` the scenario's file name.
std::vector<std::pair<std::string, std::string>> MetaFor(const Scenario& scenario, std::string mode, std::string file);

}  // namespace lockscope::scenario
