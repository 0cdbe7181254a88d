// The transport bar: what is shown, where the cursor stands, and the hands' buttons.
#include <fmt/format.h>

#include "viewer/view/ui.h"
#include "viewer/view/widgets.h"

namespace lockscope::viewer {

void Ui::TransportBar(float height) {
  const float scale = look_.scale;
  const float top = (height - ButtonHeight(look_)) / 2;
  const float width = ImGui::GetWindowWidth();
  const Axis& axis = session_.axis();
  const bool steps = axis.form() == AxisForm::kSteps;
  Playback& playback = session_.playback();

  // From the left: play.
  ImGui::SetCursorPos({10 * scale, top});
  if (IconButton(look_, Icon::kPrevious, Action::kPreviousEvent)) Do(Action::kPreviousEvent);
  if (IconButton(look_, playback.playing() ? Icon::kPause : Icon::kPlay, Action::kPlayPause)) Do(Action::kPlayPause);
  if (IconButton(look_, Icon::kNext, Action::kNextEvent)) Do(Action::kNextEvent);
  Gap(look_, 8);
  if (IconButton(look_, Icon::kMinus, Action::kSlower)) Do(Action::kSlower);
  TextAtButtonHeight(look_, playback.SpeedText(axis, session_.viewport().span()), TextStyle::kSmall, theme().quiet,
                     104 * scale);
  if (IconButton(look_, Icon::kPlus, Action::kFaster)) Do(Action::kFaster);
  const float left_end = ImGui::GetCursorPosX();

  // From the right: what is seen. Its width is known only after the first frame.
  static constexpr float kRight = 10;
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID id = ImGui::GetID("width of the right group");
  const float right_width = storage->GetFloat(id, 560 * scale);
  const float right = width - right_width - kRight * scale;
  ImGui::SetCursorPos({right, top});
  if (TextButton(look_, "Time", Action::kSwitchAxis, !steps) && steps) Do(Action::kSwitchAxis);
  if (TextButton(look_, "Steps", Action::kSwitchAxis, steps) && !steps) Do(Action::kSwitchAxis);
  Gap(look_, 10);
  if (TextButton(look_, "Story", Action::kShowStory)) Do(Action::kShowStory);
  if (TextButton(look_, "Whole", Action::kShowWhole)) Do(Action::kShowWhole);
  if (IconButton(look_, Icon::kMinus, Action::kZoomOut)) Do(Action::kZoomOut);
  if (IconButton(look_, Icon::kPlus, Action::kZoomIn)) Do(Action::kZoomIn);
  Gap(look_, 10);
  if (!session_.waits().empty()) {
    if (IconButton(look_, Icon::kLeft, Action::kPreviousWait)) Do(Action::kPreviousWait);
    const int selected = session_.selected_wait();
    const std::string text = selected < 0 ? fmt::format("{} waits", session_.waits().size())
                                          : fmt::format("wait {} of {}", selected + 1, session_.waits().size());
    TextAtButtonHeight(look_, text, TextStyle::kBody, theme().quiet);
    Gap(look_, 2);
    if (IconButton(look_, Icon::kRight, Action::kNextWait)) Do(Action::kNextWait);
    Gap(look_, 10);
  }
  if (IconButton(look_, theme().dark ? Icon::kSun : Icon::kMoon, Action::kSwitchTheme)) Do(Action::kSwitchTheme);
  if (IconButton(look_, Icon::kQuestion, Action::kHelp, session_.help_shown())) Do(Action::kHelp);
  storage->SetFloat(id, ImGui::GetCursorPosX() - right);

  // Between them: the title, as much of it as there is room for.
  const float room = right - left_end - 32 * scale;
  if (room > 40 * scale) {
    ImGui::SetCursorPos({left_end + 16 * scale, top});
    TextAtButtonHeight(look_, session_.Title(), TextStyle::kHeadline, theme().text, room);
  }
}

}  // namespace lockscope::viewer
