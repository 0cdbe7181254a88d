#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "core/base/result.h"
#include "core/cli/commands.h"
#include "core/cli/unusable.h"

namespace lockscope::cli {
namespace {

// The viewer beside this program (installed), in the build tree's place for it, or on the PATH.
std::string FindViewer() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const std::filesystem::path& candidate :
       {self / "lockscope-viewer", self / "../../viewer/app/lockscope-viewer"}) {
    if (std::filesystem::exists(candidate, error)) return candidate.lexically_normal().string();
  }
  return "lockscope-viewer";
}

}  // namespace

int View(const std::vector<std::string>& arguments) {
  const std::string viewer = FindViewer();
  std::vector<char*> argv = {const_cast<char*>(viewer.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(viewer.c_str(), argv.data());
  return Unusable(fmt::format("{}: cannot be started: {}", viewer, ErrnoText(errno)));
}

}  // namespace lockscope::cli
