// The `lockscope` program.

#include <fmt/format.h>

#include <cstdio>

#include "core/cli/commands.h"

namespace lockscope::cli {
namespace {

constexpr const char* kExamples =
    "lockscope records a threaded daemon and says who waits for whom, and why.\n"
    "\n"
    "make   lockscope run scenarios/01-four-clients-three-workers.json\n"
    "       lockscope serve --socket /tmp/lockscope.socket -o day.lockscope\n"
    "look   lockscope view day.lockscope\n"
    "       lockscope export day.lockscope --to json -o day.jsonl\n"
    "judge  lockscope check day.lockscope\n"
    "\n"
    "lockscope COMMAND --help says more.\n";

int Main(int argc, char** argv) {
  CLI::App app("Records a threaded daemon and says who waits for whom, and why.", "lockscope");
  app.set_version_flag("--version", "lockscope " LOCKSCOPE_VERSION);
  Run run;
  AddRun(app, run);
  AddServe(app, run);
  AddCheck(app, run);
  AddExport(app, run);
  AddImport(app, run);
  AddView(app, run);
  if (argc == 1) {
    std::fputs(kExamples, stdout);
    return 0;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version.
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return Unusable(fmt::format("{} (try --help)", error.what()));
  }
  if (!run) return Unusable(fmt::format("'{}' needs a command (try --help)", argv[1]));
  return run();
}

}  // namespace

int Unusable(const std::string& message) {
  fmt::print(stderr, "lockscope: {}\n", message);
  return 2;
}

}  // namespace lockscope::cli

int main(int argc, char** argv) {
  const int status = lockscope::cli::Main(argc, argv);
  // What did not get out (a full disk, a closed pipe) must not look like success.
  if (std::fflush(stdout) != 0 && status == 0) return lockscope::cli::Unusable("standard output cannot be written");
  return status;
}
