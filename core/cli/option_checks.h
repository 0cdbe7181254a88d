// What several options of the command line are held to.
#pragma once

#include <CLI/CLI.hpp>

namespace lockscope::cli {

// For an option whose value is a text: a variable of a script that is not set must not look like an option not given.
CLI::Validator NotEmpty();

// For one that is a number of seconds.
CLI::Validator SecondsBetween(double least, double most);

}  // namespace lockscope::cli
