#include "viewer/model/axis.h"

#include <algorithm>

namespace lockscope::viewer {

Axis Axis::Time(const trace::Trace& trace) {
  Axis axis(AxisForm::kTime, trace.size());
  auto times = std::make_shared<std::vector<double>>(trace.size());
  double latest = 0;
  for (size_t step = 0; step < trace.size(); ++step) {
    const double ns = static_cast<double>(trace.TimeNs(step));
    latest = step == 0 ? ns : std::max(latest, ns);
    (*times)[step] = latest;
  }
  axis.end_ns_ = latest;
  axis.times_ = std::move(times);
  return axis;
}

Axis Axis::Steps(const trace::Trace& trace) { return Axis(AxisForm::kSteps, trace.size()); }

Axis Axis::Columns(const trace::Trace& trace, std::vector<uint32_t> shown, double tail) {
  Axis axis(AxisForm::kSteps, trace.size());
  axis.tail_ = tail;
  axis.shown_ = std::make_shared<const std::vector<uint32_t>>(std::move(shown));
  return axis;
}

double Axis::Begin(size_t step) const {
  if (form_ == AxisForm::kTime) return step < step_count_ ? (*times_)[step] : end_ns_;
  if (!shown_) return static_cast<double>(std::min(step, step_count_));
  if (step >= step_count_) return last();
  return static_cast<double>(std::lower_bound(shown_->begin(), shown_->end(), step) - shown_->begin());
}

bool Axis::Shows(size_t step) const { return !shown_ || std::binary_search(shown_->begin(), shown_->end(), step); }

double Axis::Mid(size_t step) const { return form_ == AxisForm::kTime ? Begin(step) : Begin(step) + 0.5; }

double Axis::first() const { return form_ == AxisForm::kTime && step_count_ > 0 ? times_->front() : 0; }

double Axis::last() const {
  if (form_ == AxisForm::kTime) return end_ns_;
  return static_cast<double>(shown_ ? shown_->size() : step_count_) + tail_;
}

size_t Axis::StepAt(double position) const {
  if (step_count_ == 0) return 0;
  if (form_ == AxisForm::kTime) {
    const auto after = std::upper_bound(times_->begin(), times_->end(), position);
    return after == times_->begin() ? 0 : static_cast<size_t>(after - times_->begin()) - 1;
  }
  const size_t columns = shown_ ? shown_->size() : step_count_;
  if (position < 0 || columns == 0) return 0;
  const size_t column = std::min(static_cast<size_t>(position), columns - 1);
  return shown_ ? (*shown_)[column] : column;
}

}  // namespace lockscope::viewer
