// Points and rectangles in pixels, y downwards. Any thread.
#pragma once

#include <algorithm>

namespace lockscope::viewer {

struct Point {
  float x = 0;
  float y = 0;
};

struct Rect {
  float x = 0;
  float y = 0;
  float w = 0;
  float h = 0;

  float right() const { return x + w; }
  float bottom() const { return y + h; }
  Point middle() const { return {x + w / 2, y + h / 2}; }
  bool Contains(Point p) const { return p.x >= x && p.x < right() && p.y >= y && p.y < bottom(); }
  bool Overlaps(const Rect& other) const {
    return x < other.right() && other.x < right() && y < other.bottom() && other.y < bottom();
  }
  // What both cover; of no width or height where they do not meet.
  Rect Clip(const Rect& to) const {
    const float left = std::max(x, to.x);
    const float top = std::max(y, to.y);
    return {left, top, std::max(0.0f, std::min(right(), to.right()) - left),
            std::max(0.0f, std::min(bottom(), to.bottom()) - top)};
  }
};

}  // namespace lockscope::viewer
