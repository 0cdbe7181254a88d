#include "core/analysis/interval_index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace lockscope::analysis {

IntervalIndex::IntervalIndex(std::vector<uint32_t> froms, const std::vector<uint32_t>& tos)
    : froms_(std::move(froms)), leaves_(std::bit_ceil(std::max<size_t>(tos.size(), 1))) {
  latest_.assign(2 * leaves_, 0);
  std::copy(tos.begin(), tos.end(), latest_.begin() + static_cast<std::ptrdiff_t>(leaves_));
  for (size_t node = leaves_ - 1; node > 0; --node) latest_[node] = std::max(latest_[2 * node], latest_[2 * node + 1]);
}

std::vector<uint32_t> IntervalIndex::Containing(size_t step) const {
  std::vector<uint32_t> found;
  const auto begun = std::partition_point(froms_.begin(), froms_.end(), [&](uint32_t from) { return from <= step; });
  if (begun != froms_.begin()) Collect(1, 0, leaves_, static_cast<size_t>(begun - froms_.begin()), step, found);
  return found;
}

// The subtree of `node` covers positions [first, first + width); only those before `count` have begun.
void IntervalIndex::Collect(size_t node, size_t first, size_t width, size_t count, size_t step,
                            std::vector<uint32_t>& found) const {
  if (first >= count || latest_[node] <= step) return;
  if (width == 1) {
    found.push_back(static_cast<uint32_t>(first));
    return;
  }
  Collect(2 * node, first, width / 2, count, step, found);
  Collect(2 * node + 1, first + width / 2, width / 2, count, step, found);
}

}  // namespace lockscope::analysis
