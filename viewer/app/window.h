// The viewer's window: GLFW, OpenGL, and the loop that draws when something happened. The main thread.
#pragma once

#include "viewer/app/options.h"
#include "viewer/model/picture.h"
#include "viewer/model/session.h"

namespace lockscope::viewer {

// Shows the session until the window is closed; gives the program's exit code. Says on stderr why, if it cannot.
int RunWindow(Session& session, const Options& options);

// Draws what the window would show into options.screenshot.
int RunScreenshot(Session& session, const Options& options);

// Composes a picture for a page into options.picture.
int RunPicture(const Session& session, const Options& options, const PictureWish& wish);

}  // namespace lockscope::viewer
