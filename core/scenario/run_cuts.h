// RunCuts: a run taken apart into the steps of a script.
//
// The recording's events, in order, fall into stretches of one thread. Where a stretch ends there is a cut; "run this
// thread until that" brings a run to the same place again. A step is said by the last event of its stretch for which the
// language of schedule_phrase.h has words; a stretch without one has no cut, and its thread makes up for it when it runs
// next. A wait that the schedule ended, though nobody had signalled, is a cut of its own: "wakes for no reason". Of a client
// little is recorded; that it has sent what it had and waits for the answer is said by "stops".
//
// Any choice of the cuts is a script: `times` counts a thread's own events from its last cut that was chosen, so that a
// step stands for the same moment whichever others are left out. Whether the script's run shows the same is for the run to
// say. The leader's way to its wait is left out: a scripted run begins behind it (script_strategy.h).
//
// Immutable; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/scenario/controlled_run.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

// A place in a run: a thread has done so many of the things that can be said of it.
struct Cut {
  uint32_t thread = 0;  // Into the recording's threads.
  uint32_t moment = 0;  // The last thing done, an index into the thread's moments.
  bool operator==(const Cut&) const = default;
};

class RunCuts {
 public:
  explicit RunCuts(const ControlledRun& run);

  const std::vector<Cut>& all() const { return cuts_; }  // In the order of the run.
  Script ScriptOf(std::span<const Cut> chosen) const;    // Chosen of all(), or moved a little, in the order of the run.
  const std::string& Phrase(const Cut& cut) const { return phrases_[moments_[cut.thread][cut.moment]]; }
  uint32_t MomentsOf(uint32_t thread) const { return static_cast<uint32_t>(moments_[thread].size()); }
  bool IsOfClient(const Cut& cut) const { return is_client_[cut.thread]; }

 private:
  class Pass;

  std::vector<std::string> names_;              // Of the threads, as a script calls them.
  std::vector<bool> is_client_;                 // Of the threads.
  std::vector<std::vector<uint32_t>> moments_;  // By thread: what it did, as indices into phrases_.
  std::vector<std::string> phrases_;
  std::vector<Cut> cuts_;
};

}  // namespace lockscope::scenario
