#include <filesystem>
#include <memory>

#include "core/analysis/report.h"
#include "core/cli/commands.h"
#include "core/scenario/live_run.h"
#include "core/scenario/scenario_reader.h"

namespace lockscope::cli {
namespace {

struct Options {
  std::string scenario;
  std::string out;
  bool live = false;
};

// A path as it can be pasted into a shell.
std::string Quoted(const std::string& path) {
  if (path.find_first_of(" \t'\"\\$&|;<>()*?[]#~`!") == std::string::npos) return path;
  std::string quoted = "'";
  for (const char c : path) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

int RunScenario(const Options& options) {
  const Result<scenario::Scenario> scenario = scenario::ReadScenario(options.scenario);
  if (!scenario) return Unusable(scenario.error().message);
  const std::filesystem::path source = options.scenario;
  const std::string out = options.out.empty() ? source.stem().string() + ".lockscope" : options.out;
  std::error_code ignored;
  if (std::filesystem::equivalent(source, out, ignored)) return Unusable(out + ": this is the scenario itself");
  const Result<scenario::LiveRun> run =
      scenario::RunLive(*scenario, out,
                        {{"title", scenario->title},
                         {"story", scenario->story},
                         {"mode", "live"},
                         {"scenario", source.filename().string()}});
  if (!run) return Unusable(run.error().message);

  const analysis::Timeline timeline(run->trace);
  const std::string file = Quoted(out);
  const std::vector<std::string> lines =
      analysis::WriteReport(timeline, analysis::CheckRules(timeline),
                            {fmt::format("lockscope view {}", file), fmt::format("lockscope check {}", file),
                             fmt::format("lockscope export {} --to json -o -", file)});
  for (const std::string& line : lines) fmt::print("{}\n", line);
  for (const std::string& complaint : run->complaints) fmt::print(stderr, "lockscope: {}\n", complaint);
  return run->complaints.empty() ? 0 : 1;
}

}  // namespace

void AddRun(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "Run a scenario live, record it, report");
  command->add_option("SCENARIO", options->scenario, "The scenario's JSON file")->required();
  command->add_option("-o,--out", options->out, "The recording [the scenario's name, .lockscope]");
  command->add_flag("--live", options->live, "Real threads, real sockets, real time (what a run is today in any case)");
  command->callback([options, &run] { run = [options] { return RunScenario(*options); }; });
}

}  // namespace lockscope::cli
