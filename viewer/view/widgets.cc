#include "viewer/view/widgets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lockscope::viewer {
namespace {

// The background of a button under the mouse, pressed or on; the rectangle is ImGui's last item.
void DrawButtonGround(const Look& look, bool on) {
  const ImVec2 low = ImGui::GetItemRectMin();
  const ImVec2 high = ImGui::GetItemRectMax();
  ImU32 color = 0;
  if (on) color = look.theme->pressed;
  if (ImGui::IsItemHovered()) color = look.theme->hover;
  if (ImGui::IsItemActive()) color = look.theme->pressed;
  if (color != 0) ImGui::GetWindowDrawList()->AddRectFilled(low, high, color, 5 * look.scale);
}

}  // namespace

float ButtonHeight(const Look& look) { return std::round(30 * look.scale); }

float ButtonGap(const Look& look) { return 2 * look.scale; }

float TextButtonWidth(const Look& look, std::string_view text) {
  return look.fonts->Width(text, TextStyle::kBody) + 20 * look.scale;
}

void DrawIcon(ImDrawList* list, Icon icon, ImVec2 m, float s, ImU32 color) {
  const float thin = std::max(1.5f, s * 0.16f);
  const auto triangle = [&](float x, float direction, float size) {
    list->AddTriangleFilled({x - direction * size * 0.5f, m.y - size * 0.62f}, {x + direction * size * 0.55f, m.y},
                            {x - direction * size * 0.5f, m.y + size * 0.62f}, color);
  };
  switch (icon) {
    case Icon::kPlay:
      triangle(m.x + s * 0.05f, 1, s);
      break;
    case Icon::kPause:
      list->AddRectFilled({m.x - s * 0.42f, m.y - s * 0.55f}, {m.x - s * 0.12f, m.y + s * 0.55f}, color, 1);
      list->AddRectFilled({m.x + s * 0.12f, m.y - s * 0.55f}, {m.x + s * 0.42f, m.y + s * 0.55f}, color, 1);
      break;
    case Icon::kPrevious:
    case Icon::kNext: {
      const float d = icon == Icon::kNext ? 1.0f : -1.0f;
      triangle(m.x - d * s * 0.1f, d, s * 0.8f);
      list->AddRectFilled({m.x + d * s * 0.42f - thin / 2, m.y - s * 0.5f},
                          {m.x + d * s * 0.42f + thin / 2, m.y + s * 0.5f}, color);
      break;
    }
    case Icon::kPlus:
      list->AddLine({m.x, m.y - s * 0.5f}, {m.x, m.y + s * 0.5f}, color, thin);
      [[fallthrough]];
    case Icon::kMinus:
      list->AddLine({m.x - s * 0.5f, m.y}, {m.x + s * 0.5f, m.y}, color, thin);
      break;
    case Icon::kLeft:
    case Icon::kRight: {
      const float d = icon == Icon::kRight ? 1.0f : -1.0f;
      const ImVec2 points[] = {
          {m.x - d * s * 0.25f, m.y - s * 0.5f}, {m.x + d * s * 0.25f, m.y}, {m.x - d * s * 0.25f, m.y + s * 0.5f}};
      list->AddPolyline(points, 3, color, 0, thin);
      break;
    }
    case Icon::kMoon: {
      // A disc less another one: the lit part as a polygon would need a concave fill; two arcs as thick lines do.
      list->PathArcTo(m, s * 0.5f, 0.6f, 5.2f, 24);
      list->PathStroke(color, 0, thin);
      list->PathArcTo({m.x + s * 0.36f, m.y - s * 0.1f}, s * 0.42f, 1.35f, 4.05f, 20);
      list->PathStroke(color, 0, thin);
      break;
    }
    case Icon::kSun:
      list->AddCircleFilled(m, s * 0.28f, color, 20);
      for (int ray = 0; ray < 8; ++ray) {
        const float angle = static_cast<float>(ray) * 0.785398f;
        const ImVec2 d{std::cos(angle), std::sin(angle)};
        list->AddLine({m.x + d.x * s * 0.42f, m.y + d.y * s * 0.42f}, {m.x + d.x * s * 0.62f, m.y + d.y * s * 0.62f},
                      color, thin * 0.8f);
      }
      break;
    case Icon::kQuestion:
      break;  // Drawn as text.
  }
}

bool IconButton(const Look& look, Icon icon, Action action, bool on) {
  ImGui::PushID(static_cast<int>(action));
  const float side = ButtonHeight(look);
  const bool pressed = ImGui::InvisibleButton("icon", {side, side});
  DrawButtonGround(look, on);
  const ImVec2 low = ImGui::GetItemRectMin();
  const ImVec2 middle{low.x + side / 2, low.y + side / 2};
  if (icon == Icon::kQuestion) {
    const float width = look.fonts->Width("?", TextStyle::kStrong);
    const float height = look.fonts->Height(TextStyle::kStrong);
    look.fonts->Draw(ImGui::GetWindowDrawList(), TextStyle::kStrong, {middle.x - width / 2, middle.y - height / 2},
                     look.theme->text, "?");
  } else {
    DrawIcon(ImGui::GetWindowDrawList(), icon, middle, 13 * look.scale, look.theme->text);
  }
  if (ImGui::IsItemHovered()) ShowActionTooltip(look, action);
  ImGui::PopID();
  ImGui::SameLine(0, ButtonGap(look));
  return pressed;
}

bool TextButton(const Look& look, std::string_view text, Action action, bool on) {
  ImGui::PushID(static_cast<int>(action));
  ImGui::PushID(text.data(), text.data() + text.size());
  const float height = ButtonHeight(look);
  const float width = TextButtonWidth(look, text);
  const bool pressed = ImGui::InvisibleButton("text", {width, height});
  DrawButtonGround(look, on);
  const ImVec2 low = ImGui::GetItemRectMin();
  look.fonts->Draw(ImGui::GetWindowDrawList(), TextStyle::kBody,
                   {low.x + 10 * look.scale, low.y + (height - look.fonts->Height(TextStyle::kBody)) / 2},
                   look.theme->text, text);
  if (ImGui::IsItemHovered()) ShowActionTooltip(look, action);
  ImGui::PopID();
  ImGui::PopID();
  ImGui::SameLine(0, ButtonGap(look));
  return pressed;
}

void TextAtButtonHeight(const Look& look, std::string_view text, TextStyle style, ImU32 color, float width) {
  const std::string shown = width > 0 ? FitText(*look.fonts, style, text, width) : std::string(text);
  const float height = ButtonHeight(look);
  const float room = width > 0 ? width : look.fonts->Width(shown, style);
  ImGui::Dummy({std::max(1.0f, room), height});
  const ImVec2 low = ImGui::GetItemRectMin();
  look.fonts->Draw(ImGui::GetWindowDrawList(), style, {low.x, low.y + (height - look.fonts->Height(style)) / 2}, color,
                   shown);
  if (shown != text && ImGui::IsItemHovered()) ShowTooltip(look, text);
  ImGui::SameLine(0, ButtonGap(look));
}

void Gap(const Look& look, float pixels) {
  ImGui::Dummy({pixels * look.scale, 1});
  ImGui::SameLine(0, 0);
}

void ShowTooltip(const Look& look, std::string_view text) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(10 * look.scale, 7 * look.scale));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 5 * look.scale);
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(360 * look.scale);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
  ImGui::PopStyleVar(2);
}

void ShowActionTooltip(const Look& look, Action action) {
  const ActionInfo& info = InfoOf(action);
  ShowTooltip(look, fmt::format("{}   {}", info.name, info.keys));
}

bool Splitter(const Look& look, const char* id, bool horizontal, float length, float* moved) {
  const float thick = 7 * look.scale;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton(id, horizontal ? ImVec2(length, thick) : ImVec2(thick, length));
  const bool active = ImGui::IsItemActive();
  const bool hot = active || ImGui::IsItemHovered();
  if (hot) ImGui::SetMouseCursor(horizontal ? ImGuiMouseCursor_ResizeNS : ImGuiMouseCursor_ResizeEW);
  const ImU32 color = hot ? look.theme->faint : look.theme->edge;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float middle = std::floor(thick / 2);
  if (horizontal) {
    list->AddLine({at.x, at.y + middle}, {at.x + length, at.y + middle}, color, std::max(1.0f, look.scale));
  } else {
    list->AddLine({at.x + middle, at.y}, {at.x + middle, at.y + length}, color, std::max(1.0f, look.scale));
  }
  *moved = horizontal ? ImGui::GetIO().MouseDelta.y : ImGui::GetIO().MouseDelta.x;
  return active && *moved != 0;
}

}  // namespace lockscope::viewer
