// The commands of the `lockscope` program. Each takes what was asked for (core/cli/command_line.h reads it) and returns the exit
// status: 0 done (check: clean; run: as expected), 1 check has findings or a run came out otherwise, 2 unusable input. The
// initial thread. `serve` is in a header of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lockscope::cli {

struct RunOptions {
  std::string scenario;
  std::string out;               // The recording; "": the scenario's name.
  std::string guard = "record";  // Or "abort": for one run, not for a search.
  std::string seed;              // "7" or "1..1000"; "": the scenario's schedule.
  std::string until;             // What a search stops at: "any", or an outcome's name; "": it does not.
  std::string patience;          // A duration; "" is the default.
  std::string ring;              // See ParseRing.
  bool live = false;
};

struct RecoverOptions {
  std::string file;                  // A recording, or a ring; "": list what waits.
  std::string out;                   // Of a ring: where its events go.
  std::vector<std::string> folders;  // That are looked into for rings, besides those where rings usually are.
  bool list = false;
};

struct StatsOptions {
  std::string file;
  bool json = false;
  bool all = false;
};
inline constexpr size_t kMostStatsRows = 20;  // More where all are wanted.

struct ExportOptions {
  std::string in;
  std::string out;              // "-": standard output.
  std::string format = "json";  // Or "perfetto", "csv".
};

struct ImportOptions {
  std::string in;
  std::string out;
};

int NewScenario(const std::string& name);
int RunScenario(const RunOptions& options);
int ShowBugs(const std::optional<std::string>& name);  // None: all, a line each.
int Recover(const RecoverOptions& options);
int Check(const std::string& file);
int ShowStats(const StatsOptions& options);
int Export(const ExportOptions& options);
int Import(const ImportOptions& options);
int View(const std::vector<std::string>& arguments);  // Returns only where the viewer cannot be started.

}  // namespace lockscope::cli
