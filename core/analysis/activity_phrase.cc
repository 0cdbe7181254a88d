#include <fmt/format.h>

#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"

namespace lockscope::analysis {

std::string ActivityPhrase(const trace::Trace& trace, const ActivitySpan& span) {
  switch (span.activity) {
    case Activity::kRunning:
      return "running";
    case Activity::kBlocked:
      return fmt::format("wants {}", LockPhrase(trace, span.what));
    case Activity::kIdle:
      return "idle";
    case Activity::kPolling:
      return "polling";
    case Activity::kJoining:
      return fmt::format("waits for the end of {}", ThreadPhrase(trace, span.what));
    case Activity::kDriverCall:
      return fmt::format("driver call {}", ObjectPhrase(trace, span.what));
    case Activity::kUnknown:
      return "events missing";
  }
  return "";
}

}  // namespace lockscope::analysis
