// The `lockscope` program.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

#include "core/base/result.h"
#include "core/cli/commands.h"
#include "core/cli/unusable.h"
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
  try {
    return run();
  } catch (const std::system_error& error) {  // Of fmt::print among others, but main says that better.
    return std::ferror(stdout) != 0 ? 0 : Unusable(error.what());
  }
}

// A file must not get the number of a standard stream that was closed: what is printed would go into it. What takes its place
// can be neither read nor written, as one would expect of it.
void HoldStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) == -1) (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace
}  // namespace lockscope::cli

int main(int argc, char** argv) {
  lockscope::cli::HoldStandardStreams();
  const int status = lockscope::cli::Main(argc, argv);
  // What did not get out (a full disk, a closed pipe) must not look like an answer.
  const bool is_lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  return is_lost && status != 2 ? lockscope::cli::Unusable("standard output cannot be written") : status;
}
