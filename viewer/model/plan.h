// Plan: what is to be drawn, as plain data. A pure function makes it; drawing only walks it; tests read it.
//
// A Mark says what a bar means; the theme alone turns it, with the lock's hue, into a colour and a pattern. A bar that
// stands for several says how many: nothing is dropped silently. Labels are already shortened to fit, the whole text
// is in the tip. Plain data; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "viewer/model/geometry.h"
#include "viewer/model/text_measure.h"

namespace lockscope::viewer {

enum class Mark : uint8_t {
  kRunning,     // Plain fill.
  kDriverCall,  // Dotted fill.
  kQuiet,       // Idle, polling, joining: a thin line with a word on it.
  kBlocked,     // Hatched in the lock's colour.
  kHold,        // A lock held: solid in its colour.
  kHolder,      // The same in the lock's own lane, with the holder's name.
  kQueuedJob,   // A call that lies in dx: an outline with dots.
  kMerged,      // Several short ones of different kinds: upright strokes, and a count.
};

enum class Emphasis : uint8_t { kNormal, kStrong, kDimmed };

// Which of the theme's lock colours (LaneContent::HueOf); kNoHue: none.
inline constexpr int kNoHue = -1;

struct Bar {
  Rect rect;
  Mark mark = Mark::kRunning;
  int hue = kNoHue;
  std::string label;  // Fits into that part of rect that no bar lies over.
  float label_x = 0;  // Its left end.
  std::string tip;    // The whole text, and what there is no room for.
  uint32_t from = 0;  // Steps; `to` is where it ends.
  uint32_t to = 0;
  uint32_t count = 1;           // How many it stands for.
  ObjectId object = kNoObject;  // The lane's thread or lock.
  Emphasis emphasis = Emphasis::kNormal;
};

enum class Ink : uint8_t { kText, kQuiet, kFaint, kGrid, kCursor, kHandoff, kSelection };

struct Stroke {
  Point from;
  Point to;
  Ink ink = Ink::kGrid;
  float width = 1;
};

struct Label {
  Point at;  // Left end of the text, top of its line.
  std::string text;
  std::string tip;  // Not empty where `text` was shortened.
  TextStyle style = TextStyle::kBody;
  Ink ink = Ink::kText;
  Rect area;  // For the tip.
};

// An event as a small mark on its lane; `count` where several fall together.
struct Tick {
  Rect rect;
  uint32_t step = 0;  // The first of them.
  uint32_t count = 1;
};

// A job's way from one thread to another.
struct Arrow {
  Point from;
  Point to;
  std::string label;
  std::string tip;
  Rect label_box;  // Of no width: no room for the label.
  uint32_t count = 1;
  uint32_t from_step = 0;
  uint32_t to_step = 0;
  Emphasis emphasis = Emphasis::kNormal;
};

struct Plan {
  std::vector<Bar> bars;
  std::vector<Tick> ticks;
  std::vector<Stroke> strokes;
  std::vector<Label> labels;
  std::vector<Arrow> arrows;

  const Bar* BarAt(Point p) const;      // The topmost.
  const Arrow* ArrowAt(Point p) const;  // By its label or its line.
};

}  // namespace lockscope::viewer
