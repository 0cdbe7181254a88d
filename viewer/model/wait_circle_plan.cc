#include "viewer/model/wait_circle_plan.h"

#include <algorithm>
#include <cmath>

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

// `middle`: of the circle.
void PlanArrow(WaitCirclePlan& plan, size_t index, Point middle, float scale, const TextMeasure& measure) {
  WaitCircleArrow& arrow = plan.arrows[index];
  const size_t count = plan.nodes.size();
  const Rect& from = plan.nodes[index].rect;
  const Rect& to = plan.nodes[(index + 1) % count].rect;
  arrow.from = BorderTowards(from, to.middle());
  arrow.to = BorderTowards(to, from.middle());
  const bool back = count == 2 && index == 1;
  if (count == 2) {  // There and back must not fall on one another.
    const float aside = (back ? 0.25f : -0.25f) * from.h;
    arrow.from.y += aside;
    arrow.to.y += aside;
  }
  const float pad = 6 * scale;
  const float w = measure.Width(arrow.label, kArrowStyle) + 2 * pad;
  const float h = measure.Height(kArrowStyle) + 4 * scale;
  const Point at{(arrow.from.x + arrow.to.x) / 2, (arrow.from.y + arrow.to.y) / 2};
  const float length_x = std::abs(arrow.to.x - arrow.from.x);
  const float length_y = std::abs(arrow.to.y - arrow.from.y);
  arrow.label_box = {at.x - w / 2, at.y - h / 2, w, h};  // On it, where it can be followed behind its words …
  if (length_y < h && length_x > length_y) {             // … above a level one, below the way back …
    arrow.label_box.y = back ? at.y + 8 * scale : at.y - h - 8 * scale;
  } else if (length_y < 3 * h) {  // … and beside one that is too short, inside the circle.
    arrow.label_box.x = at.x < middle.x ? at.x + pad : at.x - w - pad;
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

  // The first node at the top of the left column; down the right one, and up the left one.
  const size_t right = (count + 1) / 2;
  const size_t left = count - right;
  for (size_t i = 0; i < count; ++i) {
    const bool on_right = i >= 1 && i <= right;
    const size_t rows = on_right ? right : left;
    const size_t row = i == 0 ? 0 : on_right ? i - 1 : count - i;
    const float share = rows == 1 ? 0.5f : static_cast<float>(row) / static_cast<float>(rows - 1);
    plan.nodes[i].rect = {on_right ? area.right() - w : area.x, area.y + (area.h - h) * share, w, h};
    plan.nodes[i].label = FitText(measure, kNodeStyle, plan.nodes[i].label, w - pad);
  }
  for (size_t i = 0; i < count; ++i) PlanArrow(plan, i, area.middle(), scale, measure);
  return plan;
}

}  // namespace lockscope::viewer
