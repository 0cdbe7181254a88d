#include "viewer/model/metrics.h"

#include <initializer_list>

namespace lockscope::viewer {

Metrics Metrics::Scaled(float by) const {
  Metrics scaled = *this;
  for (float* size : {&scaled.scale, &scaled.gutter, &scaled.ruler, &scaled.activity, &scaled.hold, &scaled.lock_bar,
                      &scaled.waiter, &scaled.gap, &scaled.between, &scaled.heading, &scaled.folded, &scaled.pad,
                      &scaled.min_bar, &scaled.min_wait, &scaled.merged}) {
    *size *= by;
  }
  return scaled;
}

Metrics Metrics::Compact(float scale) { return Metrics().Scaled(scale); }

Metrics Metrics::Roomy(float scale) {
  Metrics roomy;
  roomy.activity = 26;
  roomy.hold = 16;
  roomy.lock_bar = 22;
  roomy.waiter = 16;
  roomy.gap = 14;
  return roomy.Scaled(scale);
}

}  // namespace lockscope::viewer
