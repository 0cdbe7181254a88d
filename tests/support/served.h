// Served: `lockscope serve` as a process of its own, while this object lives. What it is to be asked by virsh.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/unique_fd.h"
#include "tests/support/run_program.h"

namespace lockscope::testing {

class Served {
 public:
  // Starts `program serve ARGUMENTS`, and waits until it says that it serves, or has ended.
  Served(const std::string& program, const std::vector<std::string>& arguments);
  ~Served();  // By SIGKILL, if it has not been stopped.
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  const std::string& first_line() const { return first_line_; }
  // The addresses that it told to give virsh.
  const std::vector<std::string>& uris() const { return uris_; }
  // The one that begins so; "" if there is none.
  std::string UriOf(const std::string& beginning) const;

  void Signal(int number) const;
  // Each gives back the exit status, or 128 + the signal's number.
  int Stop(int number);
  int AwaitEnd();
  std::string ReadLine();      // Of its output, the next one.
  std::string Errors() const;  // So far.
  // Until it has complained so often.
  std::vector<std::string> AwaitErrors(size_t lines) const;

 private:
  const TestFolder folder_;
  pid_t pid_ = -1;
  unique_fd out_;
  std::string first_line_;
  std::vector<std::string> uris_;
};

}  // namespace lockscope::testing
