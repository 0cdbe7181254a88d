#include "viewer/model/timeline_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockscope::viewer {
namespace {

// The flag at the cursor's head; the ruler's numbers make way for it.
void PlanFlag(const PlanInput& in, TimelinePlan& plan) {
  if (plan.cursor.w <= 0) return;
  const float scale = in.metrics().scale;
  const float w = in.measure->Width(plan.cursor_text, TextStyle::kNumber) + 12 * scale;
  const float h = in.measure->Height(TextStyle::kNumber) + 6 * scale;
  const float left = in.viewport.left();
  const float x = std::clamp(plan.cursor.middle().x - w / 2, left, std::max(left, in.viewport.right() - w));
  plan.flag = {x, in.metrics().ruler - h - 3 * scale, w, h};
  const Rect room{x - 8 * scale, 0, w + 16 * scale, in.metrics().ruler};
  std::erase_if(plan.ruler.labels, [&](const Label& label) {
    return room.Overlaps({label.at.x, label.at.y, in.measure->Width(label.text, label.style), 1});
  });
}

void PlanCursor(const PlanInput& in, TimelinePlan& plan) {
  const bool time = in.axis->form() == AxisForm::kTime;
  plan.cursor_text = time ? FormatPosition(in.now_ns, std::max(1.0, in.viewport.span() / 10'000))
                          : fmt::format("step {}", in.cursor_step + 1);
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
  std::erase_if(candidates, [&](uint32_t step) { return !axis.Shows(step); });
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
  PlanFlag(in, plan);
  if (in.selection) {
    const auto [from, to] = std::minmax(in.selection->first, in.selection->second);
    plan.selection = Rect{in.viewport.X(from), 0, in.viewport.X(to) - in.viewport.X(from), in.lanes->height}.Clip(
        {in.viewport.left(), 0, in.viewport.width(), in.lanes->height});
  }
  return plan;
}

}  // namespace lockscope::viewer
