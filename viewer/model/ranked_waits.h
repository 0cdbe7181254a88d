// The waits of a recording by length: for a lock, or of a call in dx. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::viewer {

// A wait as the list of longest waits has it.
struct RankedWait {
  bool is_job = false;
  uint32_t index = 0;  // Into waits() or jobs().
  int64_t length_ns = 0;
  analysis::Interval steps;
};

// The longest first.
std::vector<RankedWait> RankWaits(const analysis::Timeline& timeline);

// "The longest wait: worker-2 waited 1.80 ms for alice's lock." `rank`: an index into `waits`.
std::string RankedWaitText(const analysis::Timeline& timeline, const std::vector<RankedWait>& waits, size_t rank);

}  // namespace lockscope::viewer
