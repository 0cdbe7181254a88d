#include "core/scenario/known_calls.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace lockscope::scenario {
namespace {

// "All domains, running or not": the results are wanted (1), flags active and inactive (3).
std::vector<std::byte> AllDomains() {
  return {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1},
          std::byte{0}, std::byte{0}, std::byte{0}, std::byte{3}};
}

// How many letters have to be changed, added or taken away (Levenshtein 1966; two rows of the table of Wagner and Fischer).
size_t EditDistance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[to.size()];
}

}  // namespace

std::span<const KnownCall> KnownCalls() {
  static const KnownCall kCalls[] = {{"hostname", 59, {}},     {"type", 3, {}},  {"version", 4, {}},
                                     {"lib_version", 157, {}}, {"uri", 110, {}}, {"domain_list", 273, AllDomains()}};
  return kCalls;
}

const KnownCall* FindCall(std::string_view name) {
  const std::span<const KnownCall> calls = KnownCalls();
  const auto found = std::ranges::find(calls, name, &KnownCall::name);
  return found == calls.end() ? nullptr : &*found;
}

std::string NearestName(std::string_view name, const std::vector<std::string>& names) {
  std::string nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : names) {
    const size_t distance = EditDistance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace lockscope::scenario
