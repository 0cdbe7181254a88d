#include "viewer/view/ui.h"

#include <algorithm>
#include <cmath>

#include "viewer/view/widgets.h"

namespace lockscope::viewer {

void ApplyStyle(const Theme& theme, float scale) {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {0, 0};
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 0;
  style.PopupBorderSize = 1;
  style.ItemSpacing = {6 * scale, 4 * scale};
  style.ScrollbarSize = 9 * scale;
  style.ScrollbarRounding = 5 * scale;
  const auto set = [&](ImGuiCol which, ImU32 color) { style.Colors[which] = ImGui::ColorConvertU32ToFloat4(color); };
  for (ImVec4& color : style.Colors) color = {0, 0, 0, 0};
  set(ImGuiCol_Text, theme.text);
  set(ImGuiCol_PopupBg, theme.tooltip);
  set(ImGuiCol_Border, theme.edge);
  set(ImGuiCol_ScrollbarGrab, theme.pressed);
  set(ImGuiCol_ScrollbarGrabHovered, theme.faint);
  set(ImGuiCol_ScrollbarGrabActive, theme.faint);
}

Ui::Ui(Session& session, const Fonts& fonts, Preferences& preferences)
    : session_(session), fonts_(fonts), preferences_(preferences) {}

void Ui::Do(Action action) {
  if (session_.Do(action)) return;
  switch (action) {
    case Action::kLanesUp:
      scroll_ -= lanes_seen_ * 0.8f;
      break;
    case Action::kLanesDown:
      scroll_ += lanes_seen_ * 0.8f;
      break;
    case Action::kSwitchTheme:
      preferences_.dark = !preferences_.dark;
      break;
    case Action::kLargerText:
      preferences_.text_scale *= Preferences::kTextScaleStep;
      break;
    case Action::kSmallerText:
      preferences_.text_scale /= Preferences::kTextScaleStep;
      break;
    default:
      break;
  }
  preferences_.Clamp();
}

void Ui::Frame(ImVec2 size, float scale) {
  look_ = {&theme(), &fonts_, scale};
  ApplyStyle(theme(), scale);
  fonts_.Push(TextStyle::kBody);
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(size);
  ImGui::Begin("viewer", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav |
                   ImGuiWindowFlags_NoScrollWithMouse);
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float splitter = 7 * scale;
  toolbar_ = PlanTransportBar(size.x);
  const float transport = toolbar_.height;
  const float caption = CaptionBandHeight(size.x);
  const float question = QuestionBandHeight(size.x);
  const float bar = transport + caption + question;  // All that stands above the timeline.
  // The list of all keys is long: it gets more room while it is shown.
  constexpr float kHelpShare = 0.5f;
  const float share =
      session_.help_shown() ? std::max(kHelpShare, preferences_.bottom_share) : preferences_.bottom_share;
  const float bottom = std::round(size.y * share);
  const float middle = std::max(80 * scale, size.y - bar - bottom - splitter);
  list->AddRectFilled({0, 0}, size, theme().panel);
  list->AddRectFilled({0, bar}, {size.x, bar + middle + std::floor(splitter / 2)}, theme().window);
  list->AddLine({0, transport - 1}, {size.x, transport - 1}, theme().edge, std::max(1.0f, scale));

  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  TransportBar(toolbar_);
  if (caption > 0) {
    ImGui::SetCursorPos({0, transport});
    CaptionBand({size.x, caption});
  }
  if (question > 0) {
    ImGui::SetCursorPos({0, transport + caption});
    QuestionBand({size.x, question});
  }
  ImGui::SetCursorPos({0, bar});
  TimelinePanel({size.x, middle});
  ImGui::SetCursorPos({0, bar + middle});
  float moved = 0;
  if (Splitter(look_, "below the timeline", true, size.x, &moved)) preferences_.bottom_share -= moved / size.y;
  const float below = size.y - bar - middle - splitter;
  const float details = std::round(size.x * preferences_.details_share);
  ImGui::SetCursorPos({0, bar + middle + splitter});
  if (session_.help_shown()) {
    HelpPanel({size.x, below});
  } else {
    SentencesPanel({size.x - details - splitter, below});
    ImGui::SetCursorPos({size.x - details - splitter, bar + middle + splitter});
    if (Splitter(look_, "beside the details", false, below, &moved)) preferences_.details_share -= moved / size.x;
    ImGui::SetCursorPos({size.x - details, bar + middle + splitter});
    DetailsPanel({details, below});
  }
  preferences_.Clamp();
  ImGui::PopStyleVar();
  ImGui::End();
  Fonts::Pop();
}

}  // namespace lockscope::viewer
