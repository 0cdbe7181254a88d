// R4: server and client locks are held briefly. Advisory: a machine may take the processor away from any holder.
#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "core/analysis/holder_activity.h"
#include "core/analysis/phrases.h"
#include "core/analysis/rule_checker.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;
using trace::Trace;

class ShortHolds : public RuleChecker {
 public:
  explicit ShortHolds(int64_t budget_ns) : RuleChecker(4), budget_ns_(budget_ns) {}
  bool needs_all_holds() const override { return true; }

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    if (event.kind() != EventKind::kLockAcquired) return;
    const Hold& hold = view.timeline.holds()[next_hold_++];
    const LockKind kind = view.lock_kind[event.object()];
    if (kind != LockKind::kServer && kind != LockKind::kClient) return;
    CountOne();
    const int64_t length = view.timeline.LengthNs(hold);
    if (length <= budget_ns_) return;
    const std::string who = ThreadPhrase(view.trace, hold.thread);
    Break(view, step, event.object(),
          fmt::format("{} held {} for {}{}; the budget is {}. {}", who, LockPhrase(view.trace, hold.lock),
                      FormatDuration(length), hold.open ? " and had not released it when the recording ended" : "",
                      FormatDuration(budget_ns_), Cause(view, hold)),
          /*advisory=*/true);
  }

  std::string WhyNot(const RuleView& view) const override {
    return view.has_server || view.has_client ? "no server or client lock is acquired in the recording"
                                              : "the recording has neither a server lock nor a client lock";
  }

 private:
  // Names the holder's longest state within the hold, if it is most of it.
  static std::string Cause(const RuleView& view, const Hold& hold) {
    const Timeline& timeline = view.timeline;
    const Trace& trace = view.trace;
    const auto threads = trace.threads();
    const auto index = std::lower_bound(threads.begin(), threads.end(), hold.thread) - threads.begin();
    const std::span<const ActivitySpan> spans = timeline.ActivitiesOf(static_cast<size_t>(index));
    auto span = std::partition_point(spans.begin(), spans.end(),
                                     [&](const ActivitySpan& s) { return s.to <= hold.from && !s.open; });
    const ActivitySpan* longest = nullptr;
    int64_t longest_ns = 0;
    for (; span != spans.end() && span->from < hold.to; ++span) {
      Interval part = *span;
      part.from = std::max(part.from, hold.from);
      part.to = std::min(part.to, hold.to);
      part.open = span->open && hold.open;
      if (timeline.LengthNs(part) <= longest_ns) continue;
      longest_ns = timeline.LengthNs(part);
      longest = &*span;
    }
    if (longest != nullptr && longest->activity != Activity::kRunning && longest_ns > timeline.LengthNs(hold) / 2) {
      const Doing doing = WhatThreadDoes(timeline, hold.thread, std::max(longest->from, hold.from));
      const std::string_view itself = "itself ";
      const std::string was = doing.was.starts_with(itself) ? doing.was.substr(itself.size()) : doing.was;
      return fmt::format("For {} of that it {}.", FormatDuration(longest_ns), was);
    }
    const Doing doing =
        WhatThreadDoes(timeline, hold.thread, EndOfLongestQuiet(timeline, hold.thread, hold.from, hold.to));
    return fmt::format("{}The recording shows no wait in it: long work, or the thread was pre-empted.",
                       doing.was.empty() ? "" : fmt::format("The longest part of it passed when it {}. ", doing.was));
  }

  int64_t budget_ns_;
  size_t next_hold_ = 0;
};

}  // namespace

std::unique_ptr<RuleChecker> MakeShortHolds(int64_t budget_ns) { return std::make_unique<ShortHolds>(budget_ns); }

}  // namespace lockscope::analysis
