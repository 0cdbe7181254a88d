// JSON text as a person lays out a scenario: what fits on a line stays on it, what does not is filled up to 100 columns,
// and what are entries of their own (clients, steps) stand on lines of their own. Pure functions; any thread.
//
// Columns are bytes: a letter beyond ASCII counts as several, so a line may be shorter than it could be, never longer.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace lockscope::scenario {

using Json = nlohmann::ordered_json;  // Fields stay in the order in which they were added.

inline constexpr size_t kMostColumns = 100;

// A document: each field on a line of its own; a field that does not fit there is opened, and its items filled; those of
// `one_a_line` have an item on each line. With a newline at the end. Text that is not UTF-8 is replaced by U+FFFD.
std::string LayOut(const Json& document, const std::set<std::string>& one_a_line);

}  // namespace lockscope::scenario
