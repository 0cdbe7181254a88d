// Reproduction: a run in which something was found, as a scenario that shows it again, and as short as it gets.
//
// First the plain order of turns is tried: some faults need no help. Then the run is said as a script, one step a stretch of
// one thread (run_cuts.h); if that shows the same, delta debugging takes away the steps that do not matter
// (delta_debugging.h), and what is left is put in plainer words. Where the words of a script do not bring it back, the
// choices of the run are replayed, as few of them from its beginning as will do.
//
// One OS thread, as for every controlled run; nothing may be recording.
#pragma once

#include <cstddef>
#include <functional>

#include "core/base/result.h"
#include "core/scenario/controlled_run.h"
#include "core/scenario/finding.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

struct Reproduction {
  Scenario scenario;  // With the schedule, and with what comes of it as its expectation.
  Finding finding;
  size_t choices = 0;      // That the run had.
  size_t first_steps = 0;  // Of the script before it was shortened; 0 where there was none.
  size_t runs = 0;         // That it took.
  bool hit_limit = false;  // It might be shorter still.
};

struct ReproductionLimit {
  size_t max_runs;  // And one or two more, in which the result is seen to show it.
  std::function<bool()> is_enough =
      {};  // Asked before each run: what is there by then is the result, too, where it says so.
};

// `run` is a run of `scenario` with whatever schedule, `finding` what was found in it. Fails where not even the replay of
// all choices shows the same.
Result<Reproduction> Reproduce(const Scenario& scenario, const ControlledRun& run, const Finding& finding,
                               const ReproductionLimit& limit);

}  // namespace lockscope::scenario
