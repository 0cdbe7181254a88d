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

namespace {

void PlanMark(const PlanInput& in, float x, std::string text, Plan& plan) {
  const Metrics& m = in.metrics();
  plan.strokes.push_back({{x, m.ruler - 5 * m.scale}, {x, m.ruler}, Ink::kFaint, m.scale});
  Label label;
  label.text = std::move(text);
  label.style = TextStyle::kNumber;
  label.ink = Ink::kQuiet;
  const float width = in.measure->Width(label.text, label.style);
  label.at = {x - width / 2, m.ruler - 7 * m.scale - in.measure->Height(label.style)};
  if (label.at.x < in.viewport.left() || label.at.x + width > in.viewport.right()) return;  // The mark remains.
  plan.labels.push_back(std::move(label));
}

void PlanTimes(const PlanInput& in, double least_step, Plan& plan) {
  const double step = RoundStep(least_step);
  const double first = std::ceil(std::max(in.viewport.from(), in.axis->first() - step) / step) * step;
  for (int i = 0; i < 1000; ++i) {
    const double at = first + i * step;
    if (at > in.viewport.to() || at > in.axis->last() + step) break;
    if (at < 0) continue;
    const auto value = static_cast<int64_t>(std::llround(at));
    PlanMark(in, in.viewport.X(at), FormatPosition(value, step), plan);
  }
}

// For people, steps count from 1. Where columns are left out, a round number may have none: the next one stands for it.
void PlanSteps(const PlanInput& in, double least_step, Plan& plan) {
  const auto step = static_cast<size_t>(std::max(1.0, RoundStep(least_step)));
  const size_t first = in.axis->StepAt(std::max(0.0, in.viewport.from())) / step * step;
  for (size_t number = std::max(first, step); number <= in.axis->step_count(); number += step) {
    size_t shown = number - 1;
    while (shown < in.axis->step_count() && !in.axis->Shows(shown)) ++shown;
    if (shown == in.axis->step_count() || in.axis->Mid(shown) > in.viewport.to()) break;
    if (in.axis->Mid(shown) < in.viewport.from()) continue;
    PlanMark(in, in.viewport.X(in.axis->Mid(shown)), fmt::format("{}", shown + 1), plan);
  }
}

// A dot for a caption, a sign for a question; a number makes way for the sign.
void PlanWords(const PlanInput& in, Plan& plan) {
  const Metrics& m = in.metrics();
  const float size = 5 * m.scale;
  for (const Captions::Caption& caption : in.captions->captions()) {
    const double at = in.axis->Mid(caption.step);
    if (!in.viewport.Sees(at, at)) continue;
    plan.ticks.push_back(
        {{in.viewport.X(at) - size / 2, 2 * m.scale, size, size}, static_cast<uint32_t>(caption.step)});
  }
  for (const Captions::Question& question : in.captions->questions()) {
    const double at = in.axis->Mid(question.step);
    const float width = in.measure->Width("?", TextStyle::kStrong);
    const float x = in.viewport.X(at) - width / 2;
    if (!in.viewport.Sees(at, at)) continue;
    const Rect room{x - 2 * m.scale, 0, width + 4 * m.scale, m.ruler};
    std::erase_if(plan.ticks, [&](const Tick& tick) { return room.Overlaps(tick.rect); });
    std::erase_if(plan.labels, [&](const Label& label) {
      return room.Overlaps({label.at.x, label.at.y, in.measure->Width(label.text, label.style), 1});
    });
    plan.labels.push_back({.at = {x, (m.ruler - in.measure->Height(TextStyle::kStrong)) / 2},
                           .text = "?",
                           .style = TextStyle::kStrong,
                           .ink = Ink::kHandoff});
  }
}

}  // namespace

void PlanRuler(const PlanInput& in, Plan& plan) {
  const bool time = in.axis->form() == AxisForm::kTime;
  const float pad = 4 * in.metrics().pad;
  const float label_width = in.measure->Width(time ? "000.0000 ms" : "000000", TextStyle::kNumber) + pad;
  const double least_step = label_width / in.viewport.PixelsPerUnit();
  if (time) {
    PlanTimes(in, least_step, plan);
  } else {
    PlanSteps(in, least_step, plan);
  }
  if (in.captions != nullptr) PlanWords(in, plan);
}

}  // namespace lockscope::viewer
