// One frame that is the README's picture: title, the chosen lanes, legend, and the sentences in the largest text. Drawn
// by the same plans as the viewer's timeline. The thread of the window.
#pragma once

#include "viewer/model/picture.h"
#include "viewer/model/session.h"
#include "viewer/view/draw_plan.h"

namespace lockscope::viewer {

// Of text and all else: nothing in the picture is under 20 pixels at 1600 × 900.
float PictureScale(ImVec2 size);

// The fonts were loaded at PictureScale(size).
void PictureFrame(const Session& session, const Picture& picture, const Look& look, ImVec2 size);

}  // namespace lockscope::viewer
