// Drawing: walks a plan and puts it into an ImGui draw list. No decision about what is shown is made here. The thread
// of the window.
#pragma once

#include <imgui.h>

#include "viewer/model/plan.h"
#include "viewer/view/fonts.h"
#include "viewer/view/theme.h"

namespace lockscope::viewer {

// What every panel draws with.
struct Look {
  const Theme* theme = nullptr;
  const Fonts* fonts = nullptr;
  float scale = 1;
};

void DrawPattern(ImDrawList* list, const Look& look, const Rect& rect, const Paint& paint, float rounding);
void DrawBars(ImDrawList* list, const Look& look, Point origin, const Plan& plan);
void DrawTicks(ImDrawList* list, const Look& look, Point origin, const Plan& plan);
void DrawStrokes(ImDrawList* list, const Look& look, Point origin, const Plan& plan);
void DrawLabels(ImDrawList* list, const Look& look, Point origin, const Plan& plan);
void DrawArrows(ImDrawList* list, const Look& look, Point origin, const Plan& plan);

}  // namespace lockscope::viewer
