// RunProgram: starts a program as a person would, and waits for it.
#pragma once

#include <string>
#include <vector>

namespace lockscope::testing {

struct Ran {
  int status = -1;  // The exit status; 128 + the signal's number where a signal ended it.
  std::string out;
  std::string err;
};

// argv[0] is the program: a path, or a name on the PATH. Without standard input.
Ran RunProgram(const std::vector<std::string>& argv);

// A folder of the test's own, gone with this object. Its name has a space in it: programs must live with that.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string ReadWhole(const std::string& path);
void WriteWhole(const std::string& path, const std::string& text);

}  // namespace lockscope::testing
