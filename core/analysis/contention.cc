#include "core/analysis/contention.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace lockscope::analysis {
namespace {

// The smallest of the values, in order, that so many of a hundred do not exceed.
int64_t Percentile(const std::vector<int64_t>& ordered, size_t percent) {
  if (ordered.empty()) return 0;
  const size_t rank = (ordered.size() * percent + 99) / 100;
  return ordered[std::max<size_t>(rank, 1) - 1];
}

}  // namespace

std::vector<Contention> FindContention(const Timeline& timeline) {
  const trace::Trace& trace = timeline.trace();
  std::vector<Contention> rows;
  std::vector<std::vector<int64_t>> lengths;      // Of the waits of each row.
  std::unordered_map<uint64_t, size_t> index_of;  // By lock and site; never iterated.
  const auto index = [&](ObjectId lock, uint32_t step) {
    const SiteId site = trace.event(step).site();
    const auto [found, added] = index_of.try_emplace(uint64_t{lock} << 32 | site, rows.size());
    if (added) {
      rows.push_back({.lock = lock, .site = site});
      lengths.emplace_back();
    }
    return found->second;
  };
  for (const Hold& hold : timeline.holds()) {
    Contention& row = rows[index(hold.lock, hold.from)];
    ++row.holds;
    row.longest_hold_ns = std::max(row.longest_hold_ns, timeline.LengthNs(hold));
  }
  for (const LockWait& wait : timeline.waits()) lengths[index(wait.lock, wait.from)].push_back(timeline.LengthNs(wait));

  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<int64_t>& ordered = lengths[i];
    std::sort(ordered.begin(), ordered.end());
    Contention& row = rows[i];
    row.waits = ordered.size();
    for (const int64_t length : ordered) row.wait_sum_ns += length;
    row.wait_max_ns = ordered.empty() ? 0 : ordered.back();
    row.wait_p50_ns = Percentile(ordered, 50);
    row.wait_p95_ns = Percentile(ordered, 95);
    row.wait_p99_ns = Percentile(ordered, 99);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Contention& a, const Contention& b) {
    return std::tuple(b.wait_sum_ns, b.longest_hold_ns, a.lock, a.site) <
           std::tuple(a.wait_sum_ns, a.longest_hold_ns, b.lock, b.site);
  });
  return rows;
}

}  // namespace lockscope::analysis
