#include "viewer/model/plan.h"

#include <algorithm>
#include <cmath>

namespace lockscope::viewer {
namespace {

float DistanceToLine(Point p, Point a, Point b) {
  const float dx = b.x - a.x;
  const float dy = b.y - a.y;
  const float length2 = dx * dx + dy * dy;
  const float along = length2 == 0 ? 0 : std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0f, 1.0f);
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

}  // namespace

const Bar* Plan::BarAt(Point p) const {
  for (auto bar = bars.rbegin(); bar != bars.rend(); ++bar) {
    if (bar->rect.Contains(p)) return &*bar;
  }
  return nullptr;
}

const Arrow* Plan::ArrowAt(Point p) const {
  for (auto arrow = arrows.rbegin(); arrow != arrows.rend(); ++arrow) {
    if (arrow->label_box.Contains(p) || DistanceToLine(p, arrow->from, arrow->to) < 4) return &*arrow;
  }
  return nullptr;
}

}  // namespace lockscope::viewer
