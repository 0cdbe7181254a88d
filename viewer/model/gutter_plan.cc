// The gutter: the names of the lanes, in columns of their own.
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

void PlanGutter(const PlanInput& in, Plan& plan) {
  const Metrics& m = in.metrics();
  const float left = 16 * m.scale;
  const float right = m.gutter - 10 * m.scale;
  for (const Lane& lane : in.lanes->lanes) {
    const TextStyle style = lane.kind == LaneKind::kHeading ? TextStyle::kSmall : TextStyle::kStrong;
    float bar = lane.height;
    if (lane.kind == LaneKind::kThread) bar = m.activity;
    if (lane.kind == LaneKind::kLock) bar = m.lock_bar;
    float x = left;
    if (lane.kind == LaneKind::kLock || lane.kind == LaneKind::kClientPrograms) x += 16 * m.scale;  // Swatch, triangle.
    Label name;
    name.text = FitText(*in.measure, style, lane.title, right - x);
    name.tip = lane.title;
    name.style = style;
    name.ink = lane.kind == LaneKind::kHeading || lane.kind == LaneKind::kClientPrograms ? Ink::kQuiet : Ink::kText;
    name.at = {x, lane.y + (bar - in.measure->Height(style)) / 2};
    name.area = {0, lane.y, m.gutter, lane.height};
    const float used = in.measure->Width(name.text, style);
    if (lane.kind == LaneKind::kLock) {
      const float side = 9 * m.scale;
      plan.bars.push_back({.rect = {left, lane.y + (bar - side) / 2, side, side},
                           .mark = Mark::kHold,
                           .hue = in.content->HueOf(lane.object)});
    }
    plan.labels.push_back(std::move(name));
    if (lane.note.empty() || lane.kind == LaneKind::kHeading) continue;
    Label note;
    note.style = TextStyle::kSmall;
    note.ink = Ink::kFaint;
    const float note_x = x + used + 6 * m.scale;
    note.text = FitText(*in.measure, note.style, lane.note, right - note_x);
    if (note.text != lane.note) continue;  // It is in the tip.
    note.at = {note_x, lane.y + (bar - in.measure->Height(note.style)) / 2 + m.scale};
    plan.labels.push_back(std::move(note));
  }
}

}  // namespace lockscope::viewer
