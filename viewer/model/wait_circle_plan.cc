#include "viewer/model/wait_circle_plan.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/analysis/explain.h"

namespace lockscope::viewer {
namespace {

constexpr TextStyle kNodeStyle = TextStyle::kStrong;
constexpr TextStyle kArrowStyle = TextStyle::kBody;

// Where the line from the middle of a rectangle towards a point leaves it.
Point BorderTowards(const Rect& rect, Point to) {
  const Point middle = rect.middle();
  const float dx = to.x - middle.x;
  const float dy = to.y - middle.y;
  const float across = dx == 0 ? INFINITY : rect.w / 2 / std::abs(dx);
  const float down = dy == 0 ? INFINITY : rect.h / 2 / std::abs(dy);
  const float share = std::min({across, down, 1.0f});
  return {middle.x + dx * share, middle.y + dy * share};
}

// "the server lock" → "server lock".
std::string WithoutArticle(std::string phrase) { return phrase.starts_with("the ") ? phrase.substr(4) : phrase; }

void AddNodes(const LaneContent& content, const std::vector<analysis::WaitEdge>& circle, WaitCirclePlan& plan) {
  const trace::Trace& trace = content.timeline().trace();
  for (const analysis::WaitEdge& edge : circle) {
    const bool joins = edge.lock == kNoObject;
    const int hue = joins ? kNoHue : content.HueOf(edge.lock);
    plan.nodes.push_back({{}, edge.waiter, kNoHue, std::string(trace.Name(edge.waiter)), "thread"});
    plan.arrows.push_back({{}, {}, true, hue, joins ? "waits for the end of" : "wants", {}});
    if (joins) continue;
    plan.nodes.push_back({{}, edge.lock, hue, WithoutArticle(analysis::LockPhrase(trace, edge.lock)), ""});
    plan.arrows.push_back({{}, {}, false, hue, "is held by", {}});
  }
}

}  // namespace

WaitCirclePlan PlanWaitCircle(const LaneContent& content, const std::vector<analysis::WaitEdge>& circle, Rect area,
                              float scale, const TextMeasure& measure) {
  WaitCirclePlan plan;
  AddNodes(content, circle, plan);
  const size_t count = plan.nodes.size();
  const float pad = 12 * scale;

  float w = 0;
  for (const WaitCircleNode& node : plan.nodes) w = std::max(w, measure.Width(node.label, kNodeStyle) + 2 * pad);
  // Two nodes beside one another leave room for an arrow with its words.
  float words = 0;
  for (const WaitCircleArrow& arrow : plan.arrows) words = std::max(words, measure.Width(arrow.label, kArrowStyle));
  w = std::min(w, std::max(area.w * 0.3f, (area.w - words - 2 * pad) / 2));
  const float h = measure.Height(kNodeStyle) + measure.Height(TextStyle::kSmall) + pad;
  const float rx = (area.w - w) / 2;
  const float ry = (area.h - h) / 2;
  const Point middle = area.middle();
  // Four stand in the corners of the area, any other number on an ellipse; of two one above the other.
  const double turn = 2 * std::numbers::pi / static_cast<double>(count);
  const double first = count == 4 ? -0.75 * std::numbers::pi : -0.5 * std::numbers::pi;
  const float stretch = count == 4 ? std::numbers::sqrt2_v<float> : 1.0f;
  for (size_t i = 0; i < count; ++i) {
    const double angle = first + turn * static_cast<double>(i);
    const Point at{middle.x + rx * stretch * static_cast<float>(std::cos(angle)),
                   middle.y + ry * stretch * static_cast<float>(std::sin(angle))};
    plan.nodes[i].rect = {at.x - w / 2, at.y - h / 2, w, h};
    plan.nodes[i].label = FitText(measure, kNodeStyle, plan.nodes[i].label, w - pad);
  }
  for (size_t i = 0; i < count; ++i) {
    WaitCircleArrow& arrow = plan.arrows[i];
    const Rect& from = plan.nodes[i].rect;
    const Rect& to = plan.nodes[(i + 1) % count].rect;
    arrow.from = BorderTowards(from, to.middle());
    arrow.to = BorderTowards(to, from.middle());
    if (count == 2) {  // There and back must not fall on one another.
      const float aside = (i == 0 ? 0.28f : -0.28f) * w;
      arrow.from.x += aside;
      arrow.to.x += aside;
    }
    const float label_w = measure.Width(arrow.label, kArrowStyle) + pad;
    const float label_h = measure.Height(kArrowStyle) + 4 * scale;
    const Point at{(arrow.from.x + arrow.to.x) / 2, (arrow.from.y + arrow.to.y) / 2};
    // Above a level arrow; on any other one that is long enough to be followed behind its words; else beside it, of two
    // nodes outside, of more inside the ring.
    const bool level = std::abs(arrow.to.y - arrow.from.y) < label_h && std::abs(arrow.to.x - arrow.from.x) > label_w;
    const bool beside = count == 2 || (!level && std::abs(arrow.to.y - arrow.from.y) < 3 * label_h);
    const bool to_the_right = count == 2 ? i == 0 : at.x < middle.x;
    const float x = !beside ? at.x - label_w / 2 : to_the_right ? at.x + pad / 2 : at.x - label_w - pad / 2;
    arrow.label_box = {x, level ? at.y - label_h - 8 * scale : at.y - label_h / 2, label_w, label_h};
  }
  return plan;
}

}  // namespace lockscope::viewer
