#include "tests/support/background_program.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string_view>

namespace lockscope::testing {

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& argv) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) ::abort();
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(fds[1], 1);
    ::dup2(fds[1], 2);
    ::setenv("LOCKSCOPE_RING_FOLDER", "/nowhere", 0);  // As in RunProgram.
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  ::close(fds[1]);
  out_ = fds[0];
}

BackgroundProgram::~BackgroundProgram() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    End();
  }
  ::close(out_);
}

std::string BackgroundProgram::ReadLine() {
  std::string line;
  for (char c = 0; ::read(out_, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

void BackgroundProgram::Signal(int number) const { ::kill(pid_, number); }

void BackgroundProgram::AwaitHandler(int number) const {
  const std::string path = "/proc/" + std::to_string(pid_) + "/status";
  constexpr std::string_view kCaught = "\nSigCgt:";
  while (true) {
    std::ifstream file(path);
    const std::string status((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const size_t at = status.find(kCaught);
    if (at == std::string::npos || status.find("State:\tZ") != std::string::npos) return;
    if ((std::stoull(status.substr(at + kCaught.size()), nullptr, 16) >> (number - 1) & 1) != 0) return;
    ::sched_yield();
  }
}

int BackgroundProgram::End(std::string* rest) {
  for (char c = 0; ::read(out_, &c, 1) == 1;) {
    if (rest != nullptr) *rest += c;
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace lockscope::testing
