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

// app.add_subcommand, for all of these: whatever file makes an App has all of CLI11 compiled into it, which takes seconds.
CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& description);

}  // namespace lockscope::cli
