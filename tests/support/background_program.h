// BackgroundProgram: a program that runs beside the test, whose output is read line by line.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace lockscope::testing {

class BackgroundProgram {
 public:
  // As RunProgram. What it prints, to either stream, is one output.
  explicit BackgroundProgram(const std::vector<std::string>& argv);
  ~BackgroundProgram();  // Kills it, if End() has not.
  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  std::string ReadLine();  // The next one, without its end; waits for it. "" at the end of all output, too.
  void Signal(int number) const;
  // Until a handler of the program's own waits for the signal, or the program has ended.
  void AwaitHandler(int number) const;
  // Waits for its end; its exit status as RunProgram gives it. `rest`: what it printed and nobody has read.
  int End(std::string* rest = nullptr);

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

}  // namespace lockscope::testing
