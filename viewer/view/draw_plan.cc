#include "viewer/view/draw_plan.h"

#include <algorithm>
#include <cmath>

namespace lockscope::viewer {
namespace {

ImVec2 Vec(Point p) { return {p.x, p.y}; }

Rect Moved(Rect rect, Point by) { return {rect.x + by.x, rect.y + by.y, rect.w, rect.h}; }
Point Moved(Point point, Point by) { return {point.x + by.x, point.y + by.y}; }

void FillRect(ImDrawList* list, const Rect& r, ImU32 color, float rounding) {
  list->AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, color, rounding);
}

// Lines from lower left to upper right, cut at the rectangle's borders by arithmetic: a clip rectangle for each bar
// would split the draw list into as many calls.
void Hatch(ImDrawList* list, const Look& look, const Rect& r, ImU32 color) {
  const float distance = 6 * look.scale;
  const float width = 1.6f * look.scale;
  // Lines x + y = c, in step across all bars.
  const float first = std::ceil((r.x + r.y) / distance) * distance;
  for (float c = first; c < r.right() + r.bottom(); c += distance) {
    const float x0 = std::max(r.x, c - r.bottom());
    const float x1 = std::min(r.right(), c - r.y);
    if (x1 > x0) list->AddLine({x0, c - x0}, {x1, c - x1}, color, width);
  }
}

void Dots(ImDrawList* list, const Look& look, const Rect& r, ImU32 color) {
  const float distance = 6 * look.scale;
  const float side = std::max(1.0f, 1.4f * look.scale);
  int row = 0;
  for (float y = r.y + distance / 2; y + side < r.bottom(); y += distance, ++row) {
    const float shift = row % 2 == 0 ? 0 : distance / 2;
    const float first = std::ceil((r.x + 1 - shift) / distance) * distance + shift;
    for (float x = first; x + side < r.right(); x += distance) {
      list->AddRectFilled({x, y}, {x + side, y + side}, color);
    }
  }
}

void UprightStrokes(ImDrawList* list, const Look& look, const Rect& r, ImU32 color) {
  const float distance = 4 * look.scale;
  for (float x = r.x + distance / 2; x < r.right() - 1; x += distance) {
    list->AddLine({x, r.y + 2}, {x, r.bottom() - 2}, color, std::max(1.0f, 0.8f * look.scale));
  }
}

}  // namespace

void DrawPattern(ImDrawList* list, const Look& look, const Rect& r, const Paint& paint, float rounding) {
  if (paint.pattern == Pattern::kThinLine) {
    const float y = std::round(r.y + r.h / 2);
    list->AddLine({r.x, y}, {r.right(), y}, paint.fill, std::max(1.0f, look.scale));
    return;
  }
  rounding = std::min(rounding, r.w / 3);
  FillRect(list, r, paint.fill, rounding);
  if (paint.pattern == Pattern::kHatch) Hatch(list, look, r, paint.ink);
  if (paint.pattern == Pattern::kDots) Dots(list, look, r, paint.ink);
  if (paint.pattern == Pattern::kStrokes) UprightStrokes(list, look, r, paint.ink);
  if (paint.border != 0 && r.w > 3) {
    list->AddRect({r.x, r.y}, {r.right(), r.bottom()}, paint.border, rounding, 0, std::max(1.0f, look.scale));
  }
}

void DrawBars(ImDrawList* list, const Look& look, Point origin, const Plan& plan) {
  for (const Bar& bar : plan.bars) {
    const Paint paint = look.theme->Of(bar.mark, bar.hue, bar.emphasis);
    const Rect rect = Moved(bar.rect, origin);
    DrawPattern(list, look, rect, paint, 3 * look.scale);
    if (bar.emphasis == Emphasis::kStrong) {
      list->AddRect({rect.x - 1, rect.y - 1}, {rect.right() + 1, rect.bottom() + 1}, paint.border, 3 * look.scale, 0,
                    2 * look.scale);
    }
    if (bar.label.empty()) continue;
    const float width = look.fonts->Width(bar.label, TextStyle::kSmall);
    const float height = look.fonts->Height(TextStyle::kSmall);
    const float x = origin.x + bar.label_x;
    const float y = rect.y + (rect.h - height) / 2;
    if (paint.plate != 0) {
      FillRect(list,
               {x - 3 * look.scale, std::max(rect.y + 1, y), width + 6 * look.scale, std::min(rect.h - 2, height)},
               paint.plate, 2 * look.scale);
    }
    look.fonts->Draw(list, TextStyle::kSmall, {x, y}, paint.text, bar.label);
  }
}

void DrawTicks(ImDrawList* list, const Look& look, Point origin, const Plan& plan) {
  for (const Tick& tick : plan.ticks) {
    FillRect(list, Moved(tick.rect, origin), look.theme->faint, tick.rect.h / 2);
  }
}

void DrawStrokes(ImDrawList* list, const Look& look, Point origin, const Plan& plan) {
  for (const Stroke& stroke : plan.strokes) {
    list->AddLine(Vec(Moved(stroke.from, origin)), Vec(Moved(stroke.to, origin)), look.theme->Of(stroke.ink),
                  stroke.width);
  }
}

void DrawLabels(ImDrawList* list, const Look& look, Point origin, const Plan& plan) {
  for (const Label& label : plan.labels) {
    look.fonts->Draw(list, label.style, Vec(Moved(label.at, origin)), look.theme->Of(label.ink), label.text);
  }
}

void DrawArrows(ImDrawList* list, const Look& look, Point origin, const Plan& plan) {
  for (const Arrow& arrow : plan.arrows) {
    const bool strong = arrow.emphasis == Emphasis::kStrong;
    ImU32 color = look.theme->handoff;
    if (arrow.emphasis == Emphasis::kDimmed) color = look.theme->Dimmed(color);
    const float width = (strong ? 3.0f : 1.5f) * look.scale;
    const float head = (strong ? 10.0f : 7.0f) * look.scale;
    const Point from = Moved(arrow.from, origin);
    const Point to = Moved(arrow.to, origin);
    // It leaves upright and arrives upright, so that both ends show their events; a queue in between is its slope.
    const float down = to.y > from.y ? 1.0f : -1.0f;
    const float bend = std::min(std::abs(to.y - from.y) * 0.5f, 40 * look.scale);
    const Point tip_base{to.x, to.y - down * head};
    list->AddBezierCubic(Vec(from), {from.x, from.y + down * bend}, {tip_base.x, tip_base.y - down * bend},
                         Vec(tip_base), color, width);
    list->AddTriangleFilled(Vec(to), {to.x - head * 0.55f, tip_base.y}, {to.x + head * 0.55f, tip_base.y}, color);
    list->AddCircleFilled(Vec(from), width * 1.1f + 1, color);
  }
  for (const Arrow& arrow : plan.arrows) {  // Labels over all lines.
    if (arrow.label_box.w <= 0) continue;
    const bool strong = arrow.emphasis == Emphasis::kStrong;
    const Rect box = Moved(arrow.label_box, origin);
    const ImU32 color = look.theme->handoff;
    FillRect(list, box, strong ? color : look.theme->window, box.h / 2);
    if (!strong)
      list->AddRect({box.x, box.y}, {box.right(), box.bottom()}, color, box.h / 2, 0, std::max(1.0f, look.scale));
    look.fonts->Draw(list, TextStyle::kSmall,
                     {box.x + (box.w - look.fonts->Width(arrow.label, TextStyle::kSmall)) / 2,
                      box.y + (box.h - look.fonts->Height(TextStyle::kSmall)) / 2},
                     strong ? look.theme->handoff_text : look.theme->text, arrow.label);
  }
}

}  // namespace lockscope::viewer
