// The lanes of a composed picture, laid out for a page: they fill the height that there is, whether they are two or
// nine. Bars grow a little and the gaps more; where there are many, all are less tall, and in the end the rows of waiters
// go, and then the last lanes. Pure functions; any thread.
#pragma once

#include "viewer/model/lanes.h"
#include "viewer/model/picture.h"

namespace lockscope::viewer {

// From the top of the lanes to the end of the last one: without the gap below it.
inline float LanesEnd(const Lanes& lanes) { return lanes.height - lanes.metrics.gap; }

// `scale`: pixels for one of the design's; `height`: in pixels, for LanesEnd().
Lanes LayOutPicture(const LaneContent& content, const Picture& picture, float scale, float height);

}  // namespace lockscope::viewer
