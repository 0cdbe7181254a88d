#include <fmt/format.h>

#include "core/analysis/explain.h"

namespace lockscope::analysis {

std::string FormatDuration(int64_t ns) {
  if (ns < 0) return "-" + FormatDuration(ns == INT64_MIN ? INT64_MAX : -ns);
  if (ns < 1000) return fmt::format("{} ns", ns);
  // In integers, so that the rounding is the same everywhere: the first unit in which three rounded digits fit.
  struct Unit {
    int64_t ns;
    const char* name;
  };
  for (const Unit unit : {Unit{1'000, "us"}, Unit{1'000'000, "ms"}, Unit{1'000'000'000, "s"}}) {
    for (int digits = 2; digits >= 0; --digits) {
      const int64_t parts = digits == 2 ? 100 : digits == 1 ? 10 : 1;  // Of a unit.
      const int64_t part_ns = unit.ns / parts;
      const int64_t rounded = ns / part_ns + (ns % part_ns >= part_ns - part_ns / 2 ? 1 : 0);
      if (rounded >= 1000) continue;
      if (digits == 0) return fmt::format("{} {}", rounded, unit.name);
      return fmt::format("{}.{:0{}} {}", rounded / parts, rounded % parts, digits, unit.name);
    }
  }
  return fmt::format("{} s", ns / 1'000'000'000 + (ns % 1'000'000'000 >= 500'000'000 ? 1 : 0));
}

}  // namespace lockscope::analysis
