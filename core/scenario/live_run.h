// A live run of a scenario: real threads, a real Unix socket, real time, recorded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/scenario/scenario.h"
#include "core/trace/trace.h"

namespace lockscope::scenario {

struct LiveRun {
  trace::Trace trace;
  uint64_t answered = 0;                // Calls of the scripts that were answered …
  uint64_t refused = 0;                 // … and that the driver refused.
  std::vector<std::string> complaints;  // A line for each client that did not get through its script.
};

// Runs it on the calling thread, which becomes the daemon's leader, and writes the recording to `out`. SIGTERM and SIGINT
// end the run in order: the recording is finished, and clients that were cut off complain. Fails where the run could not
// begin or the recording could not be written.
Result<LiveRun> RunLive(const Scenario& scenario, const std::filesystem::path& out,
                        const std::vector<std::pair<std::string, std::string>>& meta);

}  // namespace lockscope::scenario
