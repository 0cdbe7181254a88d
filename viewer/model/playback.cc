#include "viewer/model/playback.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"

namespace lockscope::viewer {

void Playback::SetSpeed(int index) { speed_ = std::clamp(index, 0, static_cast<int>(kSpeeds.size()) - 1); }

double Playback::UnitsPerSecond(const Axis& axis, double view_span) const {
  const double speed = kSpeeds[static_cast<size_t>(speed_)];
  return axis.form() == AxisForm::kSteps ? speed : speed * view_span / kSecondsPerViewAtOne;
}

double Playback::Advance(double position, double seconds, const Axis& axis, double view_span) {
  if (!playing_) return position;
  // The last event is where it ends, not the end of its column.
  const double last = axis.step_count() == 0 || axis.form() == AxisForm::kTime ? axis.last() : axis.last() - 0.5;
  const double next = position + seconds * UnitsPerSecond(axis, view_span);
  if (next < last) return next;
  Pause();
  return last;
}

std::string Playback::SpeedText(const Axis& axis, double view_span) const {
  const double units = UnitsPerSecond(axis, view_span);
  if (axis.form() == AxisForm::kSteps)
    return units == 1 ? "1 step a second" : fmt::format("{:g} steps a second", units);
  return fmt::format("{} a second", analysis::FormatDuration(static_cast<int64_t>(units)));
}

}  // namespace lockscope::viewer
