// The part of `lockscope run` that searches: one seed after the other, a table of what came, and what was found as a
// scenario of its own that shows it again, as short as it gets. The initial thread.
#pragma once

#include <string>

#include "core/scenario/scenario.h"
#include "core/scenario/seed_search.h"

namespace lockscope::cli {

struct SearchRequest {
  std::string file;  // The scenario's.
  std::string
      out;  // A recording's name. What is found goes beside it: "a.lockscope" → a.found.json, a.found.lockscope.
  scenario::SeedRange seeds;
  std::string until;  // As in scenario::SearchOptions.
};

// The exit status: 0 all runs were clean, 1 something was found, 2 it could not be searched or written, 130 a person has ended
// it. Of the outcome "clean": 0 it came, 1 it did not.
int SearchForFinding(const SearchRequest& request, const scenario::Scenario& scenario);

}  // namespace lockscope::cli
