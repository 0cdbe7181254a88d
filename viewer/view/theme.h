// Theme: the one table from what a mark means to the colour and the pattern that show it. Light and dark.
//
// The lock colours are those of Okabe and Ito ("Color Universal Design", 2008), which most people with a colour vision
// deficiency can tell apart; still, a hatch, a pattern or a word always says the same thing beside the colour.
// Plain data; any thread.
#pragma once

#include <imgui.h>

#include "viewer/model/plan.h"

namespace lockscope::viewer {

enum class Pattern : uint8_t {
  kSolid,
  kHatch,     // Slanting lines: waits.
  kDots,      // A call: with a driver, or in dx.
  kThinLine,  // Quiet.
  kStrokes,   // Upright lines: many in one.
};

struct Paint {
  Pattern pattern = Pattern::kSolid;
  ImU32 fill = 0;
  ImU32 ink = 0;     // Of the pattern.
  ImU32 border = 0;  // 0: none.
  ImU32 text = 0;
  ImU32 plate = 0;  // Behind text on a pattern; 0: none.
};

class Theme {
 public:
  static const Theme& Light();
  static const Theme& Dark();

  ImU32 window = 0;  // Behind the timeline.
  ImU32 panel = 0;   // Behind transport bar and sentences.
  ImU32 edge = 0;    // Between the areas.
  ImU32 text = 0;
  ImU32 quiet = 0;
  ImU32 faint = 0;
  ImU32 grid = 0;
  ImU32 hover = 0;    // Behind a button under the mouse …
  ImU32 pressed = 0;  // … and one that is on.
  ImU32 cursor = 0;
  ImU32 column = 0;  // The cursor as a column.
  ImU32 selection = 0;
  ImU32 handoff = 0;
  ImU32 handoff_text = 0;
  ImU32 tooltip = 0;
  bool dark = false;

  Paint Of(Mark mark, int hue, Emphasis emphasis) const;
  ImU32 Of(Ink ink) const;
  ImU32 HueColor(int hue) const;
  ImU32 Dimmed(ImU32 color, float share = 0.6f) const;  // Nearer to the window.

 private:
  Theme() = default;
  ImU32 running_ = 0;
  ImU32 running_text_ = 0;
  ImU32 call_ = 0;
  ImU32 call_dots_ = 0;
  ImU32 call_text_ = 0;
};

// `share` of 1 is `to`.
ImU32 Mix(ImU32 from, ImU32 to, float share);
ImU32 WithAlpha(ImU32 color, float alpha);

}  // namespace lockscope::viewer
