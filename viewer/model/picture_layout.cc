#include "viewer/model/picture_layout.h"

#include <algorithm>
#include <cmath>

#include "viewer/model/halving.h"

namespace lockscope::viewer {
namespace {

constexpr float kGap = 36;          // Between lanes, in design pixels: room for the arrow and its label.
constexpr float kTightest = 0.72f;  // Words still fit into the bars.
constexpr float kTallest = 1.3f;    // Taller bars are blocks, no longer bars: from here on the gaps alone grow,
constexpr float kWidest = 1.9f;     // and farther apart lanes no longer read as one picture.

// `roominess` 1: as designed.
Metrics PictureMetrics(float scale, bool deadlock, float roominess) {
  const float bars = std::min(roominess, kTallest);
  const float gap = (deadlock ? 26 : kGap) * bars * bars;
  Metrics m = Metrics::Make(scale, 1);
  m.gutter = std::round(118 * scale);
  m.activity = std::round(29 * scale * bars);
  m.hold = std::round(21 * scale * bars);
  m.lock_bar = std::round(26 * scale * bars);
  m.waiter = std::round(22 * scale * bars);
  m.gap = std::round(gap * scale * std::max(1.0f, roominess - kTallest + 1));
  m.heading = std::round(10 * scale);
  m.legend = std::round(28 * scale);
  return m;
}

}  // namespace

Lanes LayOutPicture(const LaneContent& content, const Picture& picture, float scale, float height) {
  LaneOptions options;
  options.only = picture.lanes;
  options.only_columns = picture.columns;
  options.most_slots = 2;  // Server and client.
  options.most_wait_rows = picture.wait_rows;
  options.most_job_rows = picture.job_rows;
  const auto lay_out = [&](float roominess) {
    Lanes lanes = LayOutLanes(content, PictureMetrics(scale, !picture.circle.empty(), roominess), options);
    // Over the first lane, below the title, a wider gap would be a hole.
    const float extra = std::max(0.0f, lanes.metrics.gap - std::round(kGap * scale));
    for (Lane& lane : lanes.lanes) lane.y -= extra;
    lanes.height -= extra;
    return lanes;
  };
  Lanes best = lay_out(kTightest);
  if (LanesEnd(best) > height) {
    options.most_wait_rows = 0;  // The bars of the threads say it, too.
    best = lay_out(kTightest);
  }
  // The locks that matter most come first.
  while (LanesEnd(best) > height && options.only.size() > 2) {
    options.only.pop_back();
    best = lay_out(kTightest);
  }
  constexpr int kHalvings = 8;
  return LargestThatFits(kTightest, kWidest, kHalvings, lay_out,
                         [height](const Lanes& lanes) { return LanesEnd(lanes) <= height; });
}

}  // namespace lockscope::viewer
