// From a Scenario to the text of its file: the inverse of scenario_reader.h. What has its default is left out, calls and
// clients that repeat are written in their short forms, the layout is that of the shipped files. Pure; any thread.
//
// A client's list of calls or a text that is longer than a line makes a line longer than 100 columns only where JSON has
// no place to break: within one text.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

// `schema_folder` is where the schema is, seen from the file that is written: "", "../scenarios". A script without steps
// cannot be said in a file and must not be given.
std::string ScenarioText(const Scenario& scenario, const std::filesystem::path& schema_folder = {});

// Writes it whole or not at all, replacing what is there. One line on failure.
Result<void> WriteScenario(const Scenario& scenario, const std::filesystem::path& path,
                           const std::filesystem::path& schema_folder = {});

// "40ms": in the largest unit that says it exactly.
std::string DurationText(int64_t ns);

}  // namespace lockscope::scenario
