// The ruler: marks at round places, and the axis's form by name.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {
namespace {

struct Unit {
  double ns;
  const char* name;
};
constexpr std::array<Unit, 4> kUnits = {{{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}}};

// The smallest of 1, 2, 5 × 10^n that is not below `least`.
double RoundStep(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::string FormatPosition(int64_t ns, double resolution_ns) {
  const double size = std::max(std::abs(static_cast<double>(ns)), resolution_ns);
  Unit unit = kUnits.back();
  for (const Unit& candidate : kUnits) {
    if (size >= candidate.ns) {
      unit = candidate;
      break;
    }
  }
  const double digits = std::ceil(-std::log10(std::max(resolution_ns, 1.0) / unit.ns) - 1e-9);
  return fmt::format("{:.{}f} {}", static_cast<double>(ns) / unit.ns, std::clamp(static_cast<int>(digits), 0, 9),
                     unit.name);
}

void PlanRuler(const PlanInput& in, Plan& plan) {
  const Metrics& m = in.metrics();
  const bool time = in.axis->form() == AxisForm::kTime;
  const float label_width = in.measure->Width(time ? "000.0000 ms" : "000000", TextStyle::kNumber) + 4 * m.pad;
  double step = RoundStep(label_width / in.viewport.PixelsPerUnit());
  if (!time) step = std::max(1.0, step);
  const double first = std::ceil(std::max(in.viewport.from(), in.axis->first() - step) / step) * step;
  for (int i = 0; i < 1000; ++i) {
    const double at = first + i * step;
    if (at > in.viewport.to() || at > in.axis->last() + step) break;
    if (at < 0) continue;
    const auto value = static_cast<int64_t>(std::llround(at));
    if (!time && value == 0) continue;  // For people, steps count from 1.
    if (!time && value > static_cast<int64_t>(in.axis->step_count())) break;
    const float x = in.viewport.X(time ? at : in.axis->Mid(static_cast<size_t>(value - 1)));
    plan.strokes.push_back({{x, m.ruler - 5 * m.scale}, {x, m.ruler}, Ink::kFaint, m.scale});
    Label label;
    label.text = time ? FormatPosition(value, step) : fmt::format("{}", value);
    label.style = TextStyle::kNumber;
    label.ink = Ink::kQuiet;
    const float width = in.measure->Width(label.text, label.style);
    label.at = {x - width / 2, m.ruler - 7 * m.scale - in.measure->Height(label.style)};
    if (label.at.x < in.viewport.left() || label.at.x + width > in.viewport.right()) continue;  // The mark remains.
    plan.labels.push_back(std::move(label));
  }
}

}  // namespace lockscope::viewer
