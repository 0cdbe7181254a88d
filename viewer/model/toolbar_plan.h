// The toolbar as a plan: where its groups of buttons stand, from how wide each of them is.
//
// One row holds all while the window is wide enough for that and the whole title. Else there are two: playing, the title and the last group above,
// what is seen of the recording below. What does not fit even there gives way, and only what a key does, too: zoom first,
// then the walk from wait to wait, the views, the axis; above, the speed. Nothing ever overlaps. Pure function; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "viewer/model/geometry.h"

namespace lockscope::viewer {

// In the order in which they stand, from the left; kLook at the right: theme and help.
enum class ToolGroup : uint8_t { kPlay, kSpeed, kAxis, kViews, kZoom, kWaits, kLook };
inline constexpr size_t kToolGroups = 7;
using ToolWidths = std::array<float, kToolGroups>;  // In pixels; 0: there is no such group.

struct ToolbarPlan {
  std::array<std::optional<Point>, kToolGroups> at;  // The upper left corner; nothing: it has given way.
  Rect title;                                        // Of no width: there is no room for it.
  float height = 0;
  const std::optional<Point>& operator[](ToolGroup group) const { return at[static_cast<size_t>(group)]; }
};

// `title`: how wide the title is; `button`: the height of each group.
ToolbarPlan PlanToolbar(const ToolWidths& widths, float title, float button, float width, float scale);

}  // namespace lockscope::viewer
