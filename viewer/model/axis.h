// Axis: where a step of the recording stands, in the two forms that the viewer has.
//
//   time    a position is nanoseconds since the recording's zero: true lengths
//   steps   a position is a column: every event one column of equal width, so that events with equal stamps never
//           fall on one another. A column may be left out (the README picture keeps only those of its own lanes).
//
// An interval of steps [from, to) covers [Begin(from), Begin(to)) in both; the event itself stands at Mid(step).
// Positions never run backwards, although time stamps may, by the clock error. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/trace/trace.h"

namespace lockscope::viewer {

enum class AxisForm : uint8_t { kTime, kSteps };

class Axis {
 public:
  static Axis Time(const trace::Trace& trace);
  static Axis Steps(const trace::Trace& trace);
  // Steps with only these columns, in ascending order. A step that is left out stands where the next one begins. What
  // is still open at the end of the recording goes on for `tail` columns more.
  static Axis Columns(const trace::Trace& trace, std::vector<uint32_t> shown, double tail = 0);

  AxisForm form() const { return form_; }
  size_t step_count() const { return step_count_; }

  double Begin(size_t step) const;  // `step` may be step_count(): the end.
  double Mid(size_t step) const;
  double first() const;  // Where the recording begins …
  double last() const;   // … and ends.

  // False: its column is left out.
  bool Shows(size_t step) const;

  // The last step that begins at or before the position; 0 where none does.
  size_t StepAt(double position) const;
  // The narrowest range worth looking at: four columns, or 200 ns.
  double min_span() const { return form_ == AxisForm::kTime ? 200 : 4; }

 private:
  Axis(AxisForm form, size_t step_count) : form_(form), step_count_(step_count) {}
  AxisForm form_;
  size_t step_count_;
  double end_ns_ = 0;
  double tail_ = 0;
  std::shared_ptr<const std::vector<double>> times_;    // By step, never falling. Only in the form kTime.
  std::shared_ptr<const std::vector<uint32_t>> shown_;  // Null: all.
};

}  // namespace lockscope::viewer
