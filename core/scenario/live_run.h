// A live run of a scenario: real threads, a real Unix socket, real TLS, real time, recorded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/scenario/scenario.h"
#include "core/trace/ring_options.h"
#include "core/trace/trace.h"

namespace lockscope::scenario {

struct LiveRun {
  trace::Trace trace;
  uint64_t answered = 0;                // Calls of the scripts that were answered …
  uint64_t refused = 0;                 // … and that the driver refused.
  std::vector<std::string> complaints;  // A line for each client that did not get through its script.
  bool cut_short = false;               // It was told to end from outside before the clients were through.
  bool hung = false;                    // The watchdog ended it; nothing is known of the clients then.
};

// When a run that hangs is ended, and what is done then.
struct HangOptions {
  int64_t patience_ns = 2'000'000'000;  // So long nothing may happen; to this comes the longest pause of the scenario.
  // Called on a thread of its own, when the recording has been finished with the meta "end" = "watchdog": what it returns is
  // the process's exit status, by _exit, as threads that hang cannot be joined. Empty: a run may hang for ever.
  std::function<int(const Result<LiveRun>&)> when_hung = {};
};

// Runs it on the calling thread, which becomes the daemon's leader, and writes the recording to `out`. SIGTERM and SIGINT
// end the run in order: the recording is finished, and one line says how many clients were cut off. Raises the process's limit of
// open files where there are many clients. Fails where the run could not begin or the recording could not be written.
Result<LiveRun> RunLive(const Scenario& scenario, const std::filesystem::path& out,
                        const std::vector<std::pair<std::string, std::string>>& meta, const HangOptions& hang = {},
                        const trace::RingOptions& ring = {});

// The longest time for which a run of the scenario may do nothing although all is well.
int64_t LongestPauseNs(const Scenario& scenario);

}  // namespace lockscope::scenario
