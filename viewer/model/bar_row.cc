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

BarRow::BarRow(const PlanInput& input, ObjectId object, float y, float height, float min_width, Plan& plan,
               Describe describe)
    : in_(input),
      plan_(plan),
      object_(object),
      y_(y),
      height_(height),
      min_width_(min_width),
      describe_(std::move(describe)) {
  cluster_.count = 0;
}

void BarRow::Add(const analysis::Interval& interval, Mark mark, int hue, uint32_t index) {
  if (!Sees(in_, interval)) return;
  Bar bar;
  bar.mark = mark;
  bar.hue = hue;
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
    Emit(extent.from, extent.to, std::move(bar), index, false);
    return;
  }
  const bool joins = cluster_.count > 0 && extent.from <= std::max(cluster_to_, cluster_from_ + min_width_) + 1 &&
                     cluster_to_ - cluster_from_ < in_.metrics().merged;
  if (!joins) {
    Flush();
    cluster_ = std::move(bar);
    cluster_index_ = index;
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
  Emit(middle - half, middle + half, cluster_, cluster_index_, mixed_marks_);
  cluster_.count = 0;
}

void BarRow::Emit(float x0, float x1, Bar bar, uint32_t index, bool mixed) {
  const Rect seen{in_.viewport.left(), y_, in_.viewport.width(), height_};
  bar.rect = Rect{x0, y_, x1 - x0, height_}.Clip(seen);
  if (bar.rect.w <= 0) {  // Beside the border, by rounding: still there, as a sliver.
    bar.rect = {std::clamp(x0, seen.x, seen.right() - 1), y_, 1, height_};
  }
  if (mixed) bar.mark = Mark::kMerged;
  BarWords words = describe_(index);
  bar.tip = std::move(words.tip);
  const auto width = [&](const std::string& text) { return in_.measure->Width(text, TextStyle::kSmall); };
  const float room = bar.rect.w - 2 * in_.metrics().pad;
  const bool tall = height_ + 2 >= in_.measure->Height(TextStyle::kSmall);
  if (bar.count > 1) {
    const std::string count = fmt::format("×{}", bar.count);
    bar.tip =
        fmt::format("{} short ones, too near to one another to be told apart here: zoom in to see them. The first: {}",
                    bar.count, bar.tip);
    // A count is not shortened: half a number is a wrong one.
    if (tall && width(count) <= bar.rect.w - 2) bar.label = count;
  } else if (tall) {
    const bool brief = !words.brief.empty() && width(words.label) > room;
    bar.label = FitText(*in_.measure, TextStyle::kSmall, brief ? words.brief : words.label, room);
  }
  plan_.bars.push_back(std::move(bar));
}

}  // namespace lockscope::viewer
