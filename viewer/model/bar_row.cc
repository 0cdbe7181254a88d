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
  emitted_.push_back({plan_.bars.size(), describe_(index)});
  bar.tip = std::move(emitted_.back().words.tip);
  if (bar.count > 1) {
    bar.tip =
        fmt::format("{} short ones, too near to one another to be told apart here: zoom in to see them. The first: {}",
                    bar.count, bar.tip);
  }
  plan_.bars.push_back(std::move(bar));
}

void BarRow::Finish(std::span<const Bar> over) {
  Flush();
  if (height_ + 2 < in_.measure->Height(TextStyle::kSmall)) return;
  const float scale = in_.metrics().scale;
  for (size_t i = 0; i < emitted_.size(); ++i) {
    Bar& bar = plan_.bars[emitted_[i].bar];
    float from = bar.rect.x;
    float to = bar.rect.right();
    // The next one of the row is drawn later, too.
    if (i + 1 < emitted_.size()) to = std::min(to, plan_.bars[emitted_[i + 1].bar].rect.x);
    // Of the parts that are left free the widest one.
    float best_from = from;
    float best_to = from;
    auto cover = std::partition_point(over.begin(), over.end(), [&](const Bar& b) { return b.rect.right() <= from; });
    for (; from < to; ++cover) {
      const bool covered = cover != over.end() && cover->rect.x < to;
      const float end = covered ? cover->rect.x : to;
      if (end - from > best_to - best_from) {
        best_from = from;
        best_to = end;
      }
      if (!covered) break;
      from = cover->rect.right() + scale;
    }
    PlaceLabel(bar, emitted_[i].words, best_from, best_to);
  }
}

void BarRow::PlaceLabel(Bar& bar, const BarWords& words, float from, float to) const {
  const auto width = [&](const std::string& text) { return in_.measure->Width(text, TextStyle::kSmall); };
  const float pad = in_.metrics().pad;
  if (bar.count > 1) {
    const std::string count = fmt::format("×{}", bar.count);
    // A count is not shortened: half a number is a wrong one.
    if (width(count) <= to - from - 2) bar.label = count;
    bar.label_x = (from + to - width(count)) / 2;
    return;
  }
  const float room = to - from - 2 * pad;
  const bool brief = !words.brief.empty() && width(words.label) > room;
  const std::string& text = brief ? words.brief : words.label;
  // In a picture nobody can ask for the rest of a shortened word.
  if (!in_.in_words || width(text) <= room) bar.label = FitText(*in_.measure, TextStyle::kSmall, text, room);
  // A quiet bar has no border to keep away from, but its plate is a little wider than the word.
  bar.label_x = from + (bar.mark == Mark::kQuiet ? 3 * in_.metrics().scale : pad);
}

}  // namespace lockscope::viewer
