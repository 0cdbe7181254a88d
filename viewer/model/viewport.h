// Viewport: which part of the axis is seen, on which pixels. Zoom keeps the position under the mouse where it is.
//
// The part seen never leaves the recording by more than 4 % of its own width, and is never narrower than the axis's
// min_span(). Plain value; one thread.
#pragma once

#include "viewer/model/axis.h"

namespace lockscope::viewer {

class Viewport {
 public:
  Viewport() = default;

  // Pixels: the left border and the width of the area that bars are drawn in.
  void SetPixels(float left, float width);
  // The limits of a (new) axis; what is seen stays, as far as they allow.
  void SetLimits(const Axis& axis);

  void ShowAll();
  // The range, with a margin on both sides as a share of its length.
  void Show(double from, double to, double margin = 0.04);
  void ZoomAround(float x, double factor);  // factor < 1: nearer.
  void ZoomAroundPosition(double position, double factor);
  void PanPixels(float dx);     // > 0: towards later.
  void PanShare(double share);  // In widths of the view.
  // Moves as little as shows the position, with room of a tenth of the view beside it.
  void Reveal(double position);

  double from() const { return from_; }
  double to() const { return to_; }
  double span() const { return to_ - from_; }
  float left() const { return left_; }
  float right() const { return left_ + width_; }
  float width() const { return width_; }
  double PixelsPerUnit() const { return width_ / span(); }

  float X(double position) const;  // May lie outside the pixels; far away it is held near them.
  double At(float x) const;
  bool Sees(double from, double to) const { return to >= from_ && from <= to_; }

 private:
  void Clamp();
  double from_ = 0;
  double to_ = 1;
  double first_ = 0;
  double last_ = 1;
  double min_span_ = 1e-3;
  float left_ = 0;
  float width_ = 1;
};

}  // namespace lockscope::viewer
