#include "viewer/model/metrics.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace lockscope::viewer {

Metrics Metrics::Make(float scale, float room) {
  room = std::clamp(room, 0.0f, 1.0f);
  Metrics m;
  const auto grow = [&](float& size, float roomy) { size += (roomy - size) * room; };
  grow(m.activity, 28);
  grow(m.hold, 17);
  grow(m.lock_bar, 24);
  grow(m.waiter, 17);
  grow(m.gap, 16);
  grow(m.between, 3);
  grow(m.heading, 34);
  grow(m.folded, 26);
  for (float* size : {&m.gutter, &m.ruler, &m.legend, &m.activity, &m.hold, &m.lock_bar, &m.waiter, &m.gap, &m.between,
                      &m.heading, &m.folded, &m.pad, &m.min_bar, &m.min_wait, &m.merged}) {
    *size = std::floor(*size * scale);  // Whole pixels: edges stay sharp. Down: what fits as a fraction fits whole.
  }
  m.between = std::max(m.between, 1.0f);
  m.scale = scale;
  return m;
}

}  // namespace lockscope::viewer
