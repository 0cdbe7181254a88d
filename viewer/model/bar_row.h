// BarRow: one row of intervals in their order, turned into bars that can be seen.
//
// An interval narrower than the least width is widened to it; where several such fall together they become one bar
// that knows how many it stands for. The sum of the counts of a row's bars is the number of intervals that were added.
// One thread.
#pragma once

#include <string>

#include "core/analysis/timeline.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

class BarRow {
 public:
  // A row at `y`, `height` tall, of the lane of `object`; bars go into `plan`.
  BarRow(const PlanInput& input, ObjectId object, float y, float height, float min_width, Plan& plan);

  // In order of `from`. What the viewport does not see is passed over.
  // `brief` is the label where the other one does not fit whole.
  void Add(const analysis::Interval& interval, Mark mark, int hue, const std::string& label, const std::string& tip,
           const std::string& brief = {});
  void Finish();  // After the last one.

 private:
  void Emit(float x0, float x1, const Bar& like, const std::string& label);
  void Flush();

  const PlanInput& in_;
  Plan& plan_;
  ObjectId object_;
  float y_;
  float height_;
  float min_width_;
  Bar cluster_;  // Short ones that fall together; count 0: none.
  std::string cluster_label_;
  float cluster_from_ = 0;
  float cluster_to_ = 0;
  bool mixed_marks_ = false;
};

// What an interval's x range is on the viewport. In the form steps neighbours keep a gap of a pixel.
struct Extent {
  float from = 0;
  float to = 0;
};
Extent ExtentOf(const PlanInput& input, const analysis::Interval& interval);
// Neither outside the viewport nor wholly in columns that are left out.
bool Sees(const PlanInput& input, const analysis::Interval& interval);

}  // namespace lockscope::viewer
