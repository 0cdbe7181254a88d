// A circle of waits as a plan: the threads and the locks in two columns, and the arrows between them. A thread wants a lock,
// the lock is held by the next thread, and so on round; who waits for a thread's end has an arrow to that thread.
//
// Nodes stand clockwise in the circle's order, beginning at the upper left; arrows are upright or level. Pure function; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/wait_graph.h"
#include "viewer/model/lane_content.h"
#include "viewer/model/plan.h"

namespace lockscope::viewer {

struct WaitCircleNode {
  Rect rect;
  ObjectId object = kNoObject;
  int hue = kNoHue;   // Of a lock; kNoHue: a thread.
  std::string label;  // Fits into rect.
  std::string note;   // A second line under it: "thread"; empty: none.
};

struct WaitCircleArrow {
  Point from;
  Point to;
  bool wants = true;  // Else the lock is held by the thread.
  int hue = kNoHue;   // The lock's.
  std::string label;
  Rect label_box;
};

struct WaitCirclePlan {
  std::vector<WaitCircleNode> nodes;
  std::vector<WaitCircleArrow> arrows;  // arrows[i] leads from nodes[i] to the next one, the last to the first.
};

// `circle`: as in WaitGraph::circles; at least one edge. `area`: what the plan may use, y from any origin.
WaitCirclePlan PlanWaitCircle(const LaneContent& content, const std::vector<analysis::WaitEdge>& circle, Rect area,
                              float scale, const TextMeasure& measure);

}  // namespace lockscope::viewer
