// The transport bar: what is shown, where the cursor stands, and the hands' buttons.
#include <fmt/format.h>

#include <algorithm>

#include "viewer/view/ui.h"
#include "viewer/view/widgets.h"

namespace lockscope::viewer {
namespace {

constexpr float kSpeedText = 104;  // As wide as the longest needs: the buttons beside it stand still.

std::string WaitsText(size_t all, int selected) {
  return selected < 0 ? fmt::format("{} waits", all) : fmt::format("wait {} of {}", selected + 1, all);
}

// As wide as the widest text needs, for the same reason.
float WaitsTextWidth(const Look& look, size_t all) {
  return std::max(look.fonts->Width(WaitsText(all, -1), TextStyle::kBody),
                  look.fonts->Width(WaitsText(all, static_cast<int>(all) - 1), TextStyle::kBody));
}

}  // namespace

ToolbarPlan Ui::PlanTransportBar(float width) const {
  const float side = ButtonHeight(look_);
  const float gap = ButtonGap(look_);
  const auto texts = [&](std::string_view a, std::string_view b) {
    return TextButtonWidth(look_, a) + gap + TextButtonWidth(look_, b);
  };
  ToolWidths widths{};
  const auto width_of = [&](ToolGroup group) -> float& { return widths[static_cast<size_t>(group)]; };
  width_of(ToolGroup::kPlay) = 3 * side + 2 * gap;
  width_of(ToolGroup::kSpeed) = 2 * side + kSpeedText * look_.scale + 2 * gap;
  width_of(ToolGroup::kAxis) = texts("Time", "Steps");
  width_of(ToolGroup::kViews) = texts("Story", "Whole");
  width_of(ToolGroup::kZoom) = 2 * side + gap;
  const size_t waits = session_.waits().size();
  if (waits > 0) width_of(ToolGroup::kWaits) = 2 * side + WaitsTextWidth(look_, waits) + 2 * gap;
  width_of(ToolGroup::kLook) = 2 * side + gap;
  return PlanToolbar(widths, fonts_.Width(session_.Title(), TextStyle::kHeadline), side, width, look_.scale);
}

void Ui::TransportBar(const ToolbarPlan& plan) {
  const bool steps = session_.axis().form() == AxisForm::kSteps;
  Playback& playback = session_.playback();
  const auto icon = [&](Icon which, Action action, bool on = false) {
    if (IconButton(look_, which, action, on)) Do(action);
  };
  const auto begin = [&](ToolGroup group) {
    if (plan[group]) ImGui::SetCursorPos({plan[group]->x, plan[group]->y});
    return plan[group].has_value();
  };
  if (begin(ToolGroup::kPlay)) {
    icon(Icon::kPrevious, Action::kPreviousEvent);
    icon(playback.playing() ? Icon::kPause : Icon::kPlay, Action::kPlayPause);
    icon(Icon::kNext, Action::kNextEvent);
  }
  if (begin(ToolGroup::kSpeed)) {
    icon(Icon::kMinus, Action::kSlower);
    TextAtButtonHeight(look_, playback.SpeedText(session_.axis(), session_.viewport().span()), TextStyle::kSmall,
                       theme().quiet, kSpeedText * look_.scale);
    icon(Icon::kPlus, Action::kFaster);
  }
  if (begin(ToolGroup::kAxis)) {
    if (TextButton(look_, "Time", Action::kSwitchAxis, !steps) && steps) Do(Action::kSwitchAxis);
    if (TextButton(look_, "Steps", Action::kSwitchAxis, steps) && !steps) Do(Action::kSwitchAxis);
  }
  if (begin(ToolGroup::kViews)) {
    if (TextButton(look_, "Story", Action::kShowStory)) Do(Action::kShowStory);
    if (TextButton(look_, "Whole", Action::kShowWhole)) Do(Action::kShowWhole);
  }
  if (begin(ToolGroup::kZoom)) {
    icon(Icon::kMinus, Action::kZoomOut);
    icon(Icon::kPlus, Action::kZoomIn);
  }
  if (begin(ToolGroup::kWaits)) {
    const size_t all = session_.waits().size();
    icon(Icon::kLeft, Action::kPreviousWait);
    TextAtButtonHeight(look_, WaitsText(all, session_.selected_wait()), TextStyle::kBody, theme().quiet,
                       WaitsTextWidth(look_, all));
    icon(Icon::kRight, Action::kNextWait);
  }
  if (begin(ToolGroup::kLook)) {
    icon(theme().dark ? Icon::kSun : Icon::kMoon, Action::kSwitchTheme);
    icon(Icon::kQuestion, Action::kHelp, session_.help_shown());
  }
  if (plan.title.w > 0) {
    ImGui::SetCursorPos({plan.title.x, plan.title.y});
    TextAtButtonHeight(look_, session_.Title(), TextStyle::kHeadline, theme().text, plan.title.w);
  }
}

}  // namespace lockscope::viewer
