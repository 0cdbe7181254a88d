// The `lockscope` program.

#include <fmt/format.h>

#include <cstdio>

#include "core/base/result.h"
#include "core/cli/commands.h"
#include "core/scenario/known_calls.h"

namespace lockscope::cli {
namespace {

constexpr const char* kExamples =
    "lockscope records a threaded daemon and says who waits for whom, and why.\n"
    "\n"
    "make   lockscope run scenarios/01-reply-lock-order.broken.json\n"
    "       lockscope serve --socket /tmp/lockscope.socket -o day.lockscope\n"
    "look   lockscope view 01-reply-lock-order.broken.lockscope\n"
    "       lockscope bug reply-locks-client-first\n"
    "judge  lockscope check 01-reply-lock-order.broken.lockscope\n"
    "\n"
    "lockscope COMMAND --help says more.\n";

// Whether there is a command of that name; else the nearest one, or all, as a message.
Result<void> CheckCommand(const CLI::App& app, const std::string& name) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return {};
    known.push_back(command->get_name());
  }
  const std::string nearest = scenario::NearestName(name, known);
  if (nearest.empty()) return Fail("unknown command '{}'; known are {}", name, fmt::join(known, ", "));
  return Fail("unknown command '{}'; did you mean '{}'?", name, nearest);
}

int Main(int argc, char** argv) {
  CLI::App app("Records a threaded daemon and says who waits for whom, and why.", "lockscope");
  app.set_version_flag("--version", "lockscope " LOCKSCOPE_VERSION);
  Run run;
  AddNew(app, run);
  AddRun(app, run);
  AddBug(app, run);
  AddServe(app, run);
  AddRecover(app, run);
  AddCheck(app, run);
  AddStats(app, run);
  AddExport(app, run);
  AddImport(app, run);
  AddView(app, run);
  if (argc == 1) {
    std::fputs(kExamples, stdout);
    return 0;
  }
  if (argv[1][0] != '-') {
    if (const Result<void> known = CheckCommand(app, argv[1]); !known) return Unusable(known.error().message);
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
}  // namespace lockscope::cli

int main(int argc, char** argv) {
  const int status = lockscope::cli::Main(argc, argv);
  // What did not get out (a full disk, a closed pipe) must not look like success.
  if (std::fflush(stdout) != 0 && status == 0) return lockscope::cli::Unusable("standard output cannot be written");
  return status;
}
