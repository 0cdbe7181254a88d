// The `lockscope` program.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "core/cli/command_line.h"
#include "core/cli/unusable.h"

namespace lockscope::cli {
namespace {

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
  const int status = lockscope::cli::RunCommandLine(argc, argv);
  // What did not get out (a full disk, a closed pipe) must not look like an answer.
  const bool is_lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  return is_lost && status != 2 ? lockscope::cli::Unusable("standard output cannot be written") : status;
}
