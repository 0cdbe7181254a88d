// Widgets: the few controls that the viewer has, drawn by itself: flat, quiet, and with a tooltip that names the
// action and its keys. Each returns whether it was pressed. The thread of the window.
#pragma once

#include <string>
#include <string_view>

#include "viewer/model/actions.h"
#include "viewer/view/draw_plan.h"

namespace lockscope::viewer {

enum class Icon : uint8_t { kPlay, kPause, kPrevious, kNext, kPlus, kMinus, kLeft, kRight, kMoon, kSun, kQuestion };

// Its side, in pixels; what is between two; how wide one with a text is.
float ButtonHeight(const Look& look);
float ButtonGap(const Look& look);
float TextButtonWidth(const Look& look, std::string_view text);

bool IconButton(const Look& look, Icon icon, Action action, bool on = false);
bool TextButton(const Look& look, std::string_view text, Action action, bool on = false);
// Text at the height of a button, shortened to `width` (0: as wide as it is), with a tooltip if it was.
void TextAtButtonHeight(const Look& look, std::string_view text, TextStyle style, ImU32 color, float width = 0);
void Gap(const Look& look, float pixels);

// A tooltip in the viewer's manner; broken at a comfortable width.
void ShowTooltip(const Look& look, std::string_view text);
void ShowActionTooltip(const Look& look, Action action);

// A splitter of `length` at the cursor; true while it is dragged, and then by how much.
bool Splitter(const Look& look, const char* id, bool horizontal, float length, float* moved);

void DrawIcon(ImDrawList* list, Icon icon, ImVec2 middle, float size, ImU32 color);

}  // namespace lockscope::viewer
