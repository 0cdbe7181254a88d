#include "viewer/model/ranked_waits.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/analysis/queued_job.h"
#include "viewer/model/lane_content.h"

namespace lockscope::viewer {

using analysis::Job;
using analysis::LockWait;

std::vector<RankedWait> RankWaits(const analysis::Timeline& timeline) {
  std::vector<RankedWait> waits;
  for (uint32_t i = 0; i < timeline.waits().size(); ++i) {
    const LockWait& wait = timeline.waits()[i];
    waits.push_back({false, i, timeline.LengthNs(wait), wait});
  }
  for (uint32_t i = 0; i < timeline.jobs().size(); ++i) {
    const Job& job = timeline.jobs()[i];
    if (job.queued == Job::kNever) continue;
    waits.push_back({true, i, timeline.QueuedNs(job), timeline.QueuedInterval(job)});
  }
  std::stable_sort(waits.begin(), waits.end(),
                   [](const RankedWait& a, const RankedWait& b) { return a.length_ns > b.length_ns; });
  return waits;
}

std::string RankedWaitText(const analysis::Timeline& timeline, const std::vector<RankedWait>& waits, size_t rank) {
  const trace::Trace& trace = timeline.trace();
  const RankedWait& wait = waits[rank];
  const std::string length = analysis::FormatDuration(wait.length_ns);
  const std::string place =
      rank == 0 ? "The longest wait" : fmt::format("Wait {} of {}, by length", rank + 1, waits.size());
  if (wait.is_job) {
    return fmt::format("{}: {} lay {} in dx (calls waiting) before a worker took it.", place,
                       analysis::JobPhrase(trace, timeline.jobs()[wait.index]), length);
  }
  const LockWait& lock_wait = timeline.waits()[wait.index];
  return fmt::format("{}: {} waited {} for {}.", place, trace.Name(lock_wait.thread), length,
                     analysis::LockPhrase(trace, lock_wait.lock));
}

}  // namespace lockscope::viewer
