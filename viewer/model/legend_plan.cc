// The legend: a swatch of each mark, and what it means.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "viewer/model/lane_content.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {
namespace {

struct Entry {
  std::optional<Mark> mark;  // None: an arrow instead of a swatch.
  int hue;
  std::string_view words;
};

// In order of weight: what there is no room for at the end is left out (the help page has them all).
constexpr std::array<Entry, 6> kEntries = {{
    {Mark::kBlocked, LaneContent::kServerHue, "waits for a lock"},
    {Mark::kHold, LaneContent::kServerHue, "holds a lock"},
    {Mark::kDriverCall, kNoHue, "makes a driver call"},
    {std::nullopt, kNoHue, "a call changes hands"},
    {Mark::kQueuedJob, LaneContent::kServerHue, "a call waits in dx"},
    {Mark::kRunning, kNoHue, "runs"},
}};

bool Has(const Plan& plan, const Entry& entry) {
  if (!entry.mark) return !plan.arrows.empty();
  return std::any_of(plan.bars.begin(), plan.bars.end(), [&](const Bar& bar) { return bar.mark == *entry.mark; });
}

}  // namespace

Plan PlanLegend(const Metrics& m, const TextMeasure& measure, float left, float right, const Plan* of) {
  Plan plan;
  const float swatch_w = 26 * m.scale;
  const float swatch_h = 11 * m.scale;
  const float text_y = (m.legend - measure.Height(TextStyle::kSmall)) / 2;
  float x = left;
  for (const Entry& entry : kEntries) {
    const float text = measure.Width(entry.words, TextStyle::kSmall);
    const float width = swatch_w + 7 * m.scale + text;
    if (of != nullptr && !Has(*of, entry)) continue;
    if (x + width > right) break;
    if (!entry.mark) {
      const float y = std::floor(m.legend / 2);
      const float head = swatch_h / 2;
      plan.strokes.push_back({{x, y}, {x + swatch_w, y}, Ink::kHandoff, 2.5f * m.scale});
      for (const float side : {-head, head}) {
        plan.strokes.push_back({{x + swatch_w - head, y + side}, {x + swatch_w, y}, Ink::kHandoff, 2.5f * m.scale});
      }
    } else {
      const Rect swatch{x, (m.legend - swatch_h) / 2, swatch_w, swatch_h};
      plan.bars.push_back({.rect = swatch, .mark = *entry.mark, .hue = entry.hue});
    }
    plan.labels.push_back({.at = {x + swatch_w + 7 * m.scale, text_y},
                           .text = std::string(entry.words),
                           .style = TextStyle::kSmall,
                           .ink = Ink::kQuiet});
    x += width + 24 * m.scale;
  }
  return plan;
}

}  // namespace lockscope::viewer
