#include "tests/support/served.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace lockscope::testing {
namespace {

// Its output up to an address, of which there is one for each kind that was asked for.
constexpr const char* kBeforeUri = "  virsh -c '";

std::string NextLine(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

Served::Served(const std::string& program, const std::vector<std::string>& arguments) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) ::abort();
  out_.reset(fds[0]);
  unique_fd written(fds[1]);
  const std::string errors = folder_ / "errors";
  std::vector<char*> argv = {const_cast<char*>(program.c_str()), const_cast<char*>("serve")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(written.get(), 1);
    ::dup2(::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), 2);
    ::setenv("LOCKSCOPE_RING_FOLDER", "/nowhere", 0);  // As in RunProgram.
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  written.reset();  // Or the reading below would outlast a program that ends at once.
  first_line_ = NextLine(out_.get());
  const auto has = [&](const char* option) { return std::ranges::find(arguments, option) != arguments.end(); };
  for (size_t left = has("--socket") + has("--tcp") + has("--tls"); left > 0; --left) {
    const std::string line = NextLine(out_.get());
    if (line.starts_with(kBeforeUri)) uris_.push_back(line.substr(12, line.size() - 13));
  }
}

Served::~Served() {
  if (pid_ > 0) Stop(SIGKILL);
}

std::string Served::UriOf(const std::string& beginning) const {
  const auto found = std::ranges::find_if(uris_, [&](const std::string& uri) { return uri.starts_with(beginning); });
  return found == uris_.end() ? "" : *found;
}

void Served::Signal(int number) const { ::kill(pid_, number); }

int Served::Stop(int number) {
  Signal(number);
  return AwaitEnd();
}

int Served::AwaitEnd() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Served::ReadLine() { return NextLine(out_.get()); }

std::string Served::Errors() const { return ReadWhole(folder_ / "errors"); }

std::vector<std::string> Served::AwaitErrors(size_t lines) const {
  std::string text;
  while (static_cast<size_t>(std::ranges::count(text, '\n')) < lines) text = Errors();
  std::vector<std::string> result;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

}  // namespace lockscope::testing
