#include "viewer/view/draw_wait_circle.h"

#include <algorithm>
#include <cmath>

namespace lockscope::viewer {
namespace {

// A wish is a dashed line, a hold a solid one: colour does not say it alone.
void DrawLine(ImDrawList* list, ImVec2 from, ImVec2 to, ImU32 color, float width, float dash) {
  const float length = std::hypot(to.x - from.x, to.y - from.y);
  if (dash <= 0 || length <= 0) {
    list->AddLine(from, to, color, width);
    return;
  }
  const ImVec2 along{(to.x - from.x) / length, (to.y - from.y) / length};
  for (float at = 0; at < length; at += 1.6f * dash) {
    const float end = std::min(at + dash, length);
    list->AddLine({from.x + along.x * at, from.y + along.y * at}, {from.x + along.x * end, from.y + along.y * end},
                  color, width);
  }
}

void DrawArrow(ImDrawList* list, const Look& look, Point origin, const WaitCircleArrow& arrow) {
  const float scale = look.scale;
  const ImU32 color = look.theme->HueColor(arrow.hue);
  const ImVec2 from{origin.x + arrow.from.x, origin.y + arrow.from.y};
  const ImVec2 to{origin.x + arrow.to.x, origin.y + arrow.to.y};
  const float length = std::max(1.0f, std::hypot(to.x - from.x, to.y - from.y));
  const ImVec2 along{(to.x - from.x) / length, (to.y - from.y) / length};
  const float head = 13 * scale;
  const ImVec2 base{to.x - along.x * head, to.y - along.y * head};
  DrawLine(list, from, base, color, 4 * scale, arrow.wants ? 8 * scale : 0);
  const ImVec2 side{-along.y * head * 0.6f, along.x * head * 0.6f};
  list->AddTriangleFilled(to, {base.x + side.x, base.y + side.y}, {base.x - side.x, base.y - side.y}, color);
}

void DrawNode(ImDrawList* list, const Look& look, Point origin, const WaitCircleNode& node) {
  const float scale = look.scale;
  const bool lock = node.hue != kNoHue;
  const Paint paint = look.theme->Of(lock ? Mark::kHolder : Mark::kRunning, node.hue, Emphasis::kNormal);
  const Rect rect{origin.x + node.rect.x, origin.y + node.rect.y, node.rect.w, node.rect.h};
  DrawPattern(list, look, rect, paint, 8 * scale);
  const float height = look.fonts->Height(TextStyle::kStrong);
  const float small = node.note.empty() ? 0 : look.fonts->Height(TextStyle::kSmall);
  const float top = rect.y + (rect.h - height - small) / 2;
  const auto line = [&](TextStyle style, float y, const std::string& text) {
    look.fonts->Draw(list, style, {rect.x + (rect.w - look.fonts->Width(text, style)) / 2, y}, paint.text, text);
  };
  line(TextStyle::kStrong, top, node.label);
  line(TextStyle::kSmall, top + height, node.note);
}

}  // namespace

void DrawWaitCircle(ImDrawList* list, const Look& look, Point origin, const WaitCirclePlan& plan, ImU32 ground) {
  for (const WaitCircleArrow& arrow : plan.arrows) DrawArrow(list, look, origin, arrow);
  for (const WaitCircleNode& node : plan.nodes) DrawNode(list, look, origin, node);
  for (const WaitCircleArrow& arrow : plan.arrows) {  // Over all lines.
    const Rect box{origin.x + arrow.label_box.x, origin.y + arrow.label_box.y, arrow.label_box.w, arrow.label_box.h};
    list->AddRectFilled({box.x, box.y}, {box.right(), box.bottom()}, ground, 3 * look.scale);
    const float width = look.fonts->Width(arrow.label, TextStyle::kBody);
    look.fonts->Draw(list, TextStyle::kBody,
                     {box.x + (box.w - width) / 2, box.y + (box.h - look.fonts->Height(TextStyle::kBody)) / 2},
                     look.theme->text, arrow.label);
  }
}

}  // namespace lockscope::viewer
