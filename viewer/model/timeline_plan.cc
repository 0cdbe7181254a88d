#include "viewer/model/timeline_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockscope::viewer {
namespace {

void PlanCursor(const PlanInput& in, TimelinePlan& plan) {
  const bool time = in.axis->form() == AxisForm::kTime;
  const int64_t ns = in.trace().empty() ? 0 : in.trace().TimeNs(in.cursor_step);
  plan.cursor_text = time ? FormatPosition(ns, std::max(1.0, in.viewport.span() / 10'000))
                          : fmt::format("step {}", in.cursor_step);
  if (time) {
    const float x = in.viewport.X(in.cursor);
    const float width = std::max(1.5f, 1.5f * in.metrics().scale);
    if (in.viewport.Sees(in.cursor, in.cursor)) plan.cursor = {x - width / 2, 0, width, in.lanes->height};
    return;
  }
  const double column = in.axis->Begin(in.cursor_step);
  if (!in.viewport.Sees(column, column + 1)) return;
  const float from = in.viewport.X(column);
  const float least = 2 * in.metrics().scale;
  plan.cursor = Rect{from, 0, std::max(least, in.viewport.X(column + 1) - from), in.lanes->height}.Clip(
      {in.viewport.left(), 0, in.viewport.width(), in.lanes->height});
}

}  // namespace

size_t NearestEvent(const LaneContent& content, const Axis& axis, const Lane* lane, double position) {
  const analysis::Timeline& timeline = content.timeline();
  std::vector<uint32_t> candidates;
  if (lane != nullptr && lane->kind == LaneKind::kThread) {
    const auto steps = timeline.trace().StepsOf(lane->thread_index);
    candidates.assign(steps.begin(), steps.end());
  } else if (lane != nullptr && lane->kind == LaneKind::kLock) {
    const auto add = [&](const analysis::Interval& interval) {
      candidates.push_back(interval.from);
      if (!interval.open) candidates.push_back(interval.to);
    };
    for (const uint32_t hold : timeline.HoldsOf(lane->object)) add(timeline.holds()[hold]);
    for (const uint32_t wait : timeline.WaitsFor(lane->object)) add(timeline.waits()[wait]);
    std::sort(candidates.begin(), candidates.end());
  }
  if (candidates.empty()) return axis.StepAt(position);
  const auto after = std::partition_point(candidates.begin(), candidates.end(),
                                          [&](uint32_t step) { return axis.Mid(step) < position; });
  if (after == candidates.begin()) return *after;
  if (after == candidates.end()) return candidates.back();
  return axis.Mid(*after) - position < position - axis.Mid(*(after - 1)) ? *after : *(after - 1);
}

TimelinePlan PlanTimeline(const PlanInput& in) {
  TimelinePlan plan;
  PlanRuler(in, plan.ruler);
  PlanGutter(in, plan.gutter);
  for (const Lane& lane : in.lanes->lanes) {
    if (lane.kind == LaneKind::kThread) PlanThreadLane(in, lane, plan.body);
    if (lane.kind == LaneKind::kLock) PlanLockLane(in, lane, plan.body);
    if (lane.kind == LaneKind::kHeading) {
      const float y = lane.y + lane.height / 2;
      plan.body.strokes.push_back({{in.viewport.left(), y}, {in.viewport.right(), y}, Ink::kGrid, in.metrics().scale});
    }
  }
  PlanArrows(in, plan.body);
  PlanCursor(in, plan);
  if (in.selection) {
    const auto [from, to] = std::minmax(in.selection->first, in.selection->second);
    plan.selection = Rect{in.viewport.X(from), 0, in.viewport.X(to) - in.viewport.X(from), in.lanes->height}.Clip(
        {in.viewport.left(), 0, in.viewport.width(), in.lanes->height});
  }
  return plan;
}

}  // namespace lockscope::viewer
