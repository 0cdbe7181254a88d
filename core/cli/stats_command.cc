#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/analysis/contention.h"
#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/cli/commands.h"
#include "core/cli/unusable.h"
#include "core/export/json_text.h"
#include "core/trace/trace_file.h"

namespace lockscope::cli {
namespace {

using analysis::Contention;
using trace::Trace;

// Numbers first: names are of any length.
void PrintTable(const Trace& trace, const std::vector<Contention>& rows, bool all) {
  fmt::print("{:>9}{:>9}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}  lock, and where it is asked for\n", "holds", "waits",
             "wait sum", "max", "p50", "p95", "p99", "hold max");
  const size_t shown = all ? rows.size() : std::min(rows.size(), kMostStatsRows);
  for (size_t i = 0; i < shown; ++i) {
    const Contention& row = rows[i];
    const auto wait = [&](int64_t ns) { return row.waits == 0 ? "-" : analysis::FormatDuration(ns); };
    fmt::print("{:>9}{:>9}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}  {}, {}\n", row.holds, row.waits, wait(row.wait_sum_ns),
               wait(row.wait_max_ns), wait(row.wait_p50_ns), wait(row.wait_p95_ns), wait(row.wait_p99_ns),
               row.holds == 0 ? "-" : analysis::FormatDuration(row.longest_hold_ns),
               analysis::LockPhrase(trace, row.lock), trace.site(row.site).Place());
  }
  if (shown < rows.size()) fmt::print("and {} more; --all shows them\n", rows.size() - shown);
}

void PrintJson(const Trace& trace, const std::vector<Contention>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Contention& row : rows) {
    list.push_back({{"object", row.lock},
                    {"name", export_::ValidText(trace.Name(row.lock))},
                    {"class", export_::ValidText(trace.object(row.lock).lock_class)},
                    {"place", export_::ValidText(trace.site(row.site).Place())},
                    {"holds", row.holds},
                    {"waits", row.waits},
                    {"wait_sum_ns", row.wait_sum_ns},
                    {"wait_max_ns", row.wait_max_ns},
                    {"wait_p50_ns", row.wait_p50_ns},
                    {"wait_p95_ns", row.wait_p95_ns},
                    {"wait_p99_ns", row.wait_p99_ns},
                    {"longest_hold_ns", row.longest_hold_ns}});
  }
  fmt::print("{}\n", list.dump(2));
}

}  // namespace

int ShowStats(const StatsOptions& options) {
  const Result<Trace> trace = trace::ReadTrace(options.file);
  if (!trace) return Unusable(trace.error().message);
  const std::vector<Contention> rows = analysis::FindContention(analysis::Timeline(*trace));
  if (options.json) {
    PrintJson(*trace, rows);
  } else if (rows.empty()) {
    fmt::print("no lock is asked for in the recording\n");
  } else {
    PrintTable(*trace, rows, options.all);
  }
  if (trace->info().dropped_events > 0) {
    fmt::print(stderr, "{} missing from the recording\n", analysis::Counted(trace->info().dropped_events, "event"));
  }
  return 0;
}

}  // namespace lockscope::cli
