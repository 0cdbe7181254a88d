#include "viewer/model/bar_row.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockscope::viewer {

Extent ExtentOf(const PlanInput& input, const analysis::Interval& interval) {
  const size_t end = interval.open ? input.axis->step_count() : interval.to;
  Extent extent{input.viewport.X(input.axis->Begin(interval.from)), input.viewport.X(input.axis->Begin(end))};
  if (input.axis->form() == AxisForm::kSteps && extent.to - extent.from > 3 * input.metrics().scale) {
    extent.to -= input.metrics().scale;
  }
  return extent;
}

bool Sees(const PlanInput& input, const analysis::Interval& interval) {
  const size_t end = interval.open ? input.axis->step_count() : interval.to;
  const double from = input.axis->Begin(interval.from);
  const double to = input.axis->Begin(end);
  if (from == to && !input.axis->Shows(interval.from)) return false;
  return input.viewport.Sees(from, to);
}

BarRow::BarRow(const PlanInput& input, ObjectId object, float y, float height, float min_width, Plan& plan)
    : in_(input), plan_(plan), object_(object), y_(y), height_(height), min_width_(min_width) {
  cluster_.count = 0;
}

void BarRow::Add(const analysis::Interval& interval, Mark mark, int hue, const std::string& label,
                 const std::string& tip, const std::string& brief) {
  if (!Sees(in_, interval)) return;
  Bar bar;
  bar.mark = mark;
  bar.hue = hue;
  bar.tip = tip;
  bar.from = interval.from;
  bar.to = interval.to;
  bar.object = object_;
  if (in_.strong_interval && in_.strong_object == object_ && in_.strong_interval->from == interval.from) {
    bar.emphasis = Emphasis::kStrong;
  }
  if (in_.bright && (interval.to <= in_.bright->from || interval.from >= in_.bright->to)) {
    bar.emphasis = Emphasis::kDimmed;
  }
  const Extent extent = ExtentOf(in_, interval);
  if (extent.to - extent.from >= min_width_) {
    Flush();
    const float room = extent.to - extent.from - 2 * in_.metrics().pad;
    const bool fits = brief.empty() || in_.measure->Width(label, TextStyle::kSmall) <= room;
    Emit(extent.from, extent.to, bar, fits ? label : brief);
    return;
  }
  const bool joins = cluster_.count > 0 && extent.from <= std::max(cluster_to_, cluster_from_ + min_width_) + 1 &&
                     cluster_to_ - cluster_from_ < in_.metrics().merged;
  if (!joins) {
    Flush();
    cluster_ = bar;
    cluster_label_ = label;
    cluster_from_ = extent.from;
    cluster_to_ = extent.to;
    mixed_marks_ = false;
    return;
  }
  mixed_marks_ = mixed_marks_ || cluster_.mark != mark;
  if (cluster_.hue != hue) cluster_.hue = kNoHue;
  if (bar.emphasis == Emphasis::kStrong) cluster_.emphasis = Emphasis::kStrong;
  ++cluster_.count;
  cluster_.to = interval.to;
  cluster_to_ = std::max(cluster_to_, extent.to);
}

void BarRow::Finish() { Flush(); }

void BarRow::Flush() {
  if (cluster_.count == 0) return;
  const float middle = (cluster_from_ + cluster_to_) / 2;
  const float half = std::max(cluster_to_ - cluster_from_, min_width_) / 2;
  std::string label = cluster_label_;
  if (cluster_.count > 1) {
    label = fmt::format("×{}", cluster_.count);
    cluster_.tip = fmt::format("{} short ones, too near to one another to be told apart here: zoom in to see them. "
                               "The first: {}",
                               cluster_.count, cluster_.tip);
    if (mixed_marks_) cluster_.mark = Mark::kMerged;
  }
  Emit(middle - half, middle + half, cluster_, label);
  cluster_.count = 0;
}

void BarRow::Emit(float x0, float x1, const Bar& like, const std::string& label) {
  const Rect seen{in_.viewport.left(), y_, in_.viewport.width(), height_};
  Bar bar = like;
  bar.rect = Rect{x0, y_, x1 - x0, height_}.Clip(seen);
  if (bar.rect.w <= 0) {  // Beside the border, by rounding: still there, as a sliver.
    bar.rect = {std::clamp(x0, seen.x, seen.right() - 1), y_, 1, height_};
  }
  const TextStyle style = TextStyle::kSmall;
  if (height_ + 2 >= in_.measure->Height(style)) {
    // A count is not shortened: half a number is a wrong one.
    const float room = bar.rect.w - (bar.count > 1 ? 2 : 2 * in_.metrics().pad);
    if (bar.count == 1) {
      bar.label = FitText(*in_.measure, style, label, room);
    } else if (in_.measure->Width(label, style) <= room) {
      bar.label = label;
    }
  }
  plan_.bars.push_back(std::move(bar));
}

}  // namespace lockscope::viewer
