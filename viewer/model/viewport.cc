#include "viewer/model/viewport.h"

#include <algorithm>

namespace lockscope::viewer {
namespace {

constexpr double kMargin = 0.04;

// Coordinates far outside the window lose their precision as floats, and arrows that end there their direction.
constexpr double kFarPixels = 100'000;

}  // namespace

void Viewport::SetPixels(float left, float width) {
  left_ = left;
  width_ = std::max(1.0f, width);
}

void Viewport::SetLimits(const Axis& axis) {
  first_ = axis.first();
  last_ = std::max(axis.last(), first_ + axis.min_span());
  min_span_ = axis.min_span();
  Clamp();
}

void Viewport::ShowAll() { Show(first_, last_); }

void Viewport::Show(double from, double to, double margin) {
  const double extra = (to - from) * margin;
  from_ = from - extra;
  to_ = to + extra;
  Clamp();
}

void Viewport::ZoomAround(float x, double factor) { ZoomAroundPosition(At(x), factor); }

void Viewport::ZoomAroundPosition(double position, double factor) {
  const double widest = (last_ - first_) * (1 + 2 * kMargin);
  const double wanted = std::clamp(span() * factor, min_span_, std::max(min_span_, widest));
  const double share = (position - from_) / span();
  from_ = position - share * wanted;
  to_ = from_ + wanted;
  Clamp();
}

void Viewport::PanPixels(float dx) { PanShare(static_cast<double>(dx) / width_); }

void Viewport::PanShare(double share) {
  const double by = share * span();
  from_ += by;
  to_ += by;
  Clamp();
}

void Viewport::Reveal(double position) {
  const double room = span() / 10;
  double by = 0;
  if (position < from_ + room) by = position - room - from_;
  if (position > to_ - room) by = position + room - to_;
  from_ += by;
  to_ += by;
  Clamp();
}

float Viewport::X(double position) const {
  const double x = (position - from_) * PixelsPerUnit();
  return left_ + static_cast<float>(std::clamp(x, -kFarPixels, kFarPixels));
}

double Viewport::At(float x) const { return from_ + (static_cast<double>(x) - left_) / PixelsPerUnit(); }

void Viewport::Clamp() {
  const double widest = std::max(min_span_, (last_ - first_) * (1 + 2 * kMargin));
  const double width = std::clamp(to_ - from_, min_span_, widest);
  const double middle = (from_ + to_) / 2;
  const double room = width * kMargin;
  // Where all fits, it stands in the middle; else the view stays within the recording and a little room beside it.
  if (width >= widest) {
    from_ = (first_ + last_) / 2 - width / 2;
  } else {
    from_ = std::clamp(middle - width / 2, first_ - room, std::max(first_ - room, last_ + room - width));
  }
  to_ = from_ + width;
}

}  // namespace lockscope::viewer
