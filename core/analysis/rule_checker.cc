#include "core/analysis/rule_checker.h"

#include <fmt/format.h>

#include "core/analysis/describe_event.h"
#include "core/analysis/phrases.h"

namespace lockscope::analysis {

using trace::Event;
using trace::EventKind;

int64_t RuleView::FindHeld(size_t thread_index, LockKind kind) const {
  for (const uint32_t hold : held.Of(thread_index)) {
    if (KindOf(hold) == kind) return hold;
  }
  return -1;
}

std::string RuleView::HoldPhrase(uint32_t hold) const {
  const Hold& found = timeline.holds()[hold];
  return LockPhrase(trace, found.lock) + TakenAt(trace, found.from);
}

void RuleChecker::Break(const RuleView& view, size_t step, ObjectId object, std::string text, bool advisory) {
  Breach breach;
  breach.finding.rule = rule_;
  breach.finding.step = step;
  breach.finding.thread = view.trace.thread(step);
  breach.finding.where = view.trace.Place(step);
  breach.finding.text = AtStart(std::move(text));
  breach.finding.advisory = advisory;
  breach.object = object;
  breaches_.push_back(std::move(breach));
}

const char* AttemptVerb(const RuleView& view, size_t thread_index, const Event& event) {
  switch (event.kind()) {
    case EventKind::kLockRequested:
      return "asks for";
    case EventKind::kLockTryFailed:
      return "tries to get";
    case EventKind::kLockAcquired:
      return view.held.IsAfterRequest(thread_index, event) ? nullptr : "acquires";
    default:
      return nullptr;
  }
}

std::string EventWords(const RuleView& view, size_t step, const Event& event) {
  const char* verb = AttemptVerb(view, view.trace.ThreadIndex(step), event);
  return verb == nullptr ? EventPredicate(view.trace, step)
                         : fmt::format("{} {}", verb, LockPhrase(view.trace, event.object()));
}

}  // namespace lockscope::analysis
