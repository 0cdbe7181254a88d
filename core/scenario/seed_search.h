// SeedSearch: runs a scenario with one seed after the other, and counts what comes.
//
// One OS thread; the runs are recorded in memory only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/scenario/controlled_run.h"
#include "core/scenario/finding.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

struct SeedRange {
  uint64_t first = 1;
  uint64_t last = 1;
  bool operator==(const SeedRange&) const = default;
};

// "7", "1..1000". One line says what is wrong with another text.
Result<SeedRange> ParseSeeds(std::string_view text);

struct OutcomeCount {
  std::string outcome;  // As in an expectation.
  uint64_t runs = 0;
  uint64_t first_seed = 0;
};

// A run that was not clean.
struct Found {
  uint64_t seed = 0;
  ControlledRun run;
  Finding finding;
};

struct SearchResult {
  uint64_t runs = 0;
  uint64_t last_seed = 0;
  bool is_cut_short = false;           // By SearchOptions::is_enough, with seeds left.
  std::vector<OutcomeCount> outcomes;  // "clean" first, the others in the order in which they came.
  // The first run with the gravest outcome (that of core/analysis/outcome.h which stands before the others): a deadlock
  // says more than the broken rule that half of the runs show.
  std::optional<Found> found;
};

struct SearchOptions {
  SeedRange seeds;
  std::string until = {};  // Stops at the first run with this outcome; "any": with any but clean; "": at the end.
  std::function<void(const SearchResult&)> on_run = {};  // After each run.
  std::function<bool()> is_enough = {};                  // Asked after each run: stops, too, where it says so.
};

Result<SearchResult> SearchSeeds(const Scenario& scenario, const SearchOptions& options);

}  // namespace lockscope::scenario
