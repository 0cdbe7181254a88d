// BarRow: one row of intervals in their order, turned into bars that can be seen.
//
// An interval narrower than the least width is widened to it; where several such fall together they become one bar
// that knows how many it stands for. The sum of the counts of a row's bars is the number of intervals that were added.
// The words of a bar are asked for only when there is a bar: a window shows a thousand of a million intervals. They
// stand where nothing lies over the bar: what is widened covers something of its neighbours.
// One thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/analysis/timeline.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

struct BarWords {
  std::string label;
  std::string tip;
  std::string brief = {};  // The label where the other one does not fit whole; empty: that one, shortened.
};

class BarRow {
 public:
  // The words of an interval, by the index that it was added with.
  using Describe = std::function<BarWords(uint32_t index)>;

  // A row at `y`, `height` tall, of the lane of `object`; bars go into `plan`.
  BarRow(const PlanInput& input, ObjectId object, float y, float height, float min_width, Plan& plan,
         Describe describe);

  // In order of `from`. What the viewport does not see is passed over.
  void Add(const analysis::Interval& interval, Mark mark, int hue, uint32_t index);
  // After the last one. `over`: bars of another row, in order of x, that will be drawn over these.
  void Finish(std::span<const Bar> over = {});

 private:
  void Emit(float x0, float x1, Bar bar, uint32_t index, bool mixed);
  void Flush();
  void PlaceLabel(Bar& bar, const BarWords& words, float from, float to) const;

  const PlanInput& in_;
  Plan& plan_;
  ObjectId object_;
  float y_;
  float height_;
  float min_width_;
  Describe describe_;
  struct Emitted {
    size_t bar;  // Into the plan's: other rows may put theirs between these.
    BarWords words;
  };
  std::vector<Emitted> emitted_;
  Bar cluster_;                 // Short ones that fall together; count 0: none.
  uint32_t cluster_index_ = 0;  // Of the first of them.
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
