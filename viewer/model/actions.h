// Actions: everything that a hand can do, in one list. Keys, buttons and the help page are all made from it, so that
// none of them can know an action that the others do not. Plain data; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lockscope::viewer {

enum class Action : uint8_t {
  kPlayPause,
  kPreviousEvent,
  kNextEvent,
  kPreviousWords,
  kNextWords,
  kShowAnswer,
  kSlower,
  kFaster,
  kSwitchAxis,
  kZoomIn,
  kZoomOut,
  kPanLeft,
  kPanRight,
  kLanesUp,
  kLanesDown,
  kZoomToItem,
  kShowStory,
  kShowWhole,
  kSelectLeft,
  kSelectRight,
  kNextWait,
  kPreviousWait,
  kToHolder,
  kBack,
  kFoldClients,
  kSwitchTheme,
  kLargerText,
  kSmallerText,
  kHelp,
  kCloseHelp,
};

struct ActionInfo {
  Action action;
  std::string_view name;   // "Zoom in".
  std::string_view keys;   // "W or +".
  std::string_view mouse;  // "Ctrl and wheel"; empty: its button.
};

std::span<const ActionInfo> AllActions();
const ActionInfo& InfoOf(Action action);

}  // namespace lockscope::viewer
