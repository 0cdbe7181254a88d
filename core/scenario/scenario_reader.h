// From a scenario's JSON to a Scenario. The file is described in scenarios/SCHEMA.md.
//
// Errors are one line: the file, the place in the document, what was found, what is allowed, and the nearest known name.
// Any thread.
#pragma once

#include <filesystem>
#include <istream>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

Result<Scenario> ReadScenario(const std::filesystem::path& path);
Result<Scenario> ReadScenario(std::istream& in, const std::string& name);  // `name` is for messages.
Result<Scenario> ParseScenario(std::string_view json, const std::string& name);

// Nanoseconds of a duration with a unit: "40ms", "1.5 s", "20us", "300ns". At most an hour.
Result<int64_t> ParseDuration(std::string_view text);

}  // namespace lockscope::scenario
