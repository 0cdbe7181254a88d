#include "viewer/model/actions.h"

#include <array>

#include "core/base/check.h"

namespace lockscope::viewer {
namespace {

constexpr std::array kActions = {
    ActionInfo{Action::kPlayPause, "Play or pause", "Space", ""},
    ActionInfo{Action::kPreviousEvent, "Previous event", "←", ""},
    ActionInfo{Action::kNextEvent, "Next event", "→", "click an event"},
    ActionInfo{Action::kPreviousWords, "Previous caption or question", ",", ""},
    ActionInfo{Action::kNextWords, "Next caption or question", ".", ""},
    ActionInfo{Action::kShowAnswer, "Show the answer", "Enter", ""},
    ActionInfo{Action::kSlower, "Play slower", "↓", ""},
    ActionInfo{Action::kFaster, "Play faster", "↑", ""},
    ActionInfo{Action::kSwitchAxis, "Switch between time and steps", "T", "click the ruler's name"},
    ActionInfo{Action::kZoomIn, "Zoom in", "W or +", "Ctrl and wheel"},
    ActionInfo{Action::kZoomOut, "Zoom out", "S or −", "Ctrl and wheel"},
    ActionInfo{Action::kPanLeft, "Move to earlier", "A", "drag with the middle or right button"},
    ActionInfo{Action::kPanRight, "Move to later", "D", "Shift and wheel"},
    ActionInfo{Action::kLanesUp, "Lanes up", "PgUp", "wheel"},
    ActionInfo{Action::kLanesDown, "Lanes down", "PgDn", "wheel"},
    ActionInfo{Action::kZoomToItem, "Zoom to the selection or the item", "F", "double click"},
    ActionInfo{Action::kShowStory, "Show the story: one call", "H", ""},
    ActionInfo{Action::kShowWhole, "Show the whole recording", "Home", "double click on the ruler"},
    ActionInfo{Action::kSelectLeft, "Select towards earlier", "Shift ←", "left drag"},
    ActionInfo{Action::kSelectRight, "Select towards later", "Shift →", "left drag"},
    ActionInfo{Action::kNextWait, "Next longest wait", "N", ""},
    ActionInfo{Action::kPreviousWait, "Previous longest wait", "Shift N", ""},
    ActionInfo{Action::kToHolder, "From the blocked thread to the holder", "]", ""},
    ActionInfo{Action::kBack, "And back", "[", ""},
    ActionInfo{Action::kFoldClients, "Fold or unfold the client programs", "C", "click their line"},
    ActionInfo{Action::kSwitchTheme, "Dark or light", "L", ""},
    ActionInfo{Action::kLargerText, "Larger", "Ctrl +", ""},
    ActionInfo{Action::kSmallerText, "Smaller", "Ctrl −", ""},
    ActionInfo{Action::kHelp, "All keys", "? or F1", ""},
    ActionInfo{Action::kCloseHelp, "Close this list", "Esc", ""},
};

}  // namespace

std::span<const ActionInfo> AllActions() { return kActions; }

const ActionInfo& InfoOf(Action action) {
  for (const ActionInfo& info : kActions) {
    if (info.action == action) return info;
  }
  LS_CHECK(false, "action {} is not in the list", static_cast<int>(action));
  return kActions.front();
}

}  // namespace lockscope::viewer
