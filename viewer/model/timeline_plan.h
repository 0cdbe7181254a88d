// The timeline as a plan: ruler, gutter, lanes, arrows and cursor, from the recording's intervals and what is seen of
// them.
//
// Coordinates: x as the viewport says; y of the ruler from its own top, of everything else from the top of all lanes
// (the panel scrolls by moving the origin). Only what the viewport sees gets into a plan. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "viewer/model/captions.h"
#include "viewer/model/lanes.h"
#include "viewer/model/plan.h"
#include "viewer/model/viewport.h"

namespace lockscope::viewer {

struct PlanInput {
  const LaneContent* content = nullptr;
  const Lanes* lanes = nullptr;
  const Axis* axis = nullptr;
  Viewport viewport;
  const TextMeasure* measure = nullptr;
  double cursor = 0;  // Position on the axis.
  size_t cursor_step = 0;
  int64_t now_ns = 0;                                  // The time at the cursor.
  int64_t strong_job = -1;                             // Index into jobs(): its arrow is drawn bold, with its label.
  std::optional<analysis::Interval> strong_interval;   // Bars of exactly these steps are strong (the selected wait).
  ObjectId strong_object = kNoObject;                  // Of this thread or lock, and of …
  std::optional<std::pair<double, double>> selection;  // … positions.
  // Steps outside are dimmed (the README picture).
  std::optional<analysis::Interval> bright;
  // Whole phrases in the bars: "driver call – no lock held" (the README picture).
  bool in_words = false;
  // Marked on the ruler; null: none.
  const Captions* captions = nullptr;

  const analysis::Timeline& timeline() const { return content->timeline(); }
  const trace::Trace& trace() const { return timeline().trace(); }
  const Metrics& metrics() const { return lanes->metrics; }
};

struct TimelinePlan {
  Plan ruler;   // y from the ruler's top.
  Plan gutter;  // Lane names: y from the top of all lanes, as the body's.
  Plan body;
  Rect cursor;     // Of the body: a line in the form time, a column in the form steps. Of no width: not in view.
  Rect selection;  // As the cursor.
  Rect flag;       // On the ruler, with …
  std::string cursor_text;  // … this: "12.3456 ms", "step 123".
};

TimelinePlan PlanTimeline(const PlanInput& input);

// Its parts, one file each.
void PlanThreadLane(const PlanInput& input, const Lane& lane, Plan& plan);
void PlanLockLane(const PlanInput& input, const Lane& lane, Plan& plan);
void PlanEventTicks(const PlanInput& input, const Lane& lane, Plan& plan);
void PlanArrows(const PlanInput& input, Plan& plan);
void PlanRuler(const PlanInput& input, Plan& plan);
void PlanGutter(const PlanInput& input, Plan& plan);

// What the marks mean, in one line from `left` to `right`; y from its own top. `of`: only marks that are in it.
Plan PlanLegend(const Metrics& metrics, const TextMeasure& measure, float left, float right, const Plan* of = nullptr);

// The event of a lane that stands nearest to a position: of a thread its own, of a lock those that name it. Null: of
// all.
size_t NearestEvent(const LaneContent& content, const Axis& axis, const Lane* lane, double position);

// "12.346 ms" for a place on the axis, with as many digits as `resolution_ns` asks for.
std::string FormatPosition(int64_t ns, double resolution_ns);

}  // namespace lockscope::viewer
