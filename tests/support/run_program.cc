#include "tests/support/run_program.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace lockscope::testing {

Ran RunProgram(const std::vector<std::string>& argv) {
  const TestFolder folder;
  const std::string out = folder / "out", err = folder / "err";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), 1);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), 2);
    std::vector<char*> pointers;
    ::setenv("LOCKSCOPE_RING_FOLDER", "/nowhere", 0);  // Live buffers beside the recording: in the test's own folder.
    for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  Ran ran;
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return ran;
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ran.out = ReadWhole(out);
  ran.err = ReadWhole(err);
  return ran;
}

TestFolder::TestFolder() : path_((std::filesystem::temp_directory_path() / "lockscope test XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) ::abort();
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteWhole(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace lockscope::testing
