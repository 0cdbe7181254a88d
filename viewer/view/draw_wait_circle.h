// Drawing of a circle of waits: walks its plan. `ground`: what it stands on. The thread of the window.
#pragma once

#include "viewer/model/wait_circle_plan.h"
#include "viewer/view/draw_plan.h"

namespace lockscope::viewer {

void DrawWaitCircle(ImDrawList* list, const Look& look, Point origin, const WaitCirclePlan& plan, ImU32 ground);

}  // namespace lockscope::viewer
