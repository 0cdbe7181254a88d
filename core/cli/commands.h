// The commands of the `lockscope` program. Each takes its options from the command line and returns the exit status:
// 0 done (check: clean), 1 check has findings or a run's clients were cut off, 2 unusable input.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace lockscope::cli {

// Each adds its subcommand; the one that was given sets `run`.
using Run = std::function<int()>;
void AddNew(CLI::App& app, Run& run);
void AddRun(CLI::App& app, Run& run);
void AddBug(CLI::App& app, Run& run);
void AddServe(CLI::App& app, Run& run);
void AddRecover(CLI::App& app, Run& run);
void AddCheck(CLI::App& app, Run& run);
void AddStats(CLI::App& app, Run& run);
void AddExport(CLI::App& app, Run& run);
void AddImport(CLI::App& app, Run& run);
void AddView(CLI::App& app, Run& run);

// For an option whose value is a text: a variable of a script that is not set must not look like an option not given.
CLI::Validator NotEmpty();
// For one that is a number of seconds.
CLI::Validator SecondsBetween(double least, double most);

// Prints "lockscope: MESSAGE" to standard error; returns 2.
int Unusable(const std::string& message);

}  // namespace lockscope::cli
