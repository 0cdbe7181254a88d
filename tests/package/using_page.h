// UsingPage: core/sync/USING.md, taken apart: files that its reader writes, and commands that he types, in their order.
//
//   `bank/bank.cc`:     followed by a block of ```cpp or ```cmake: that file
//   ```sh               commands, one a line, run where the tree is; those of ./dev have been run already
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockscope::package {

struct Part {
  int line = 0;      // Of the block's first one; counted from 1.
  std::string file;  // Empty: commands.
  std::vector<std::string> lines;
};

// Blocks of other kinds (```text) are left out. A block of code without a file before it has an empty name: a part like
// any other, for the caller to refuse.
std::vector<Part> ReadUsingPage(std::string_view markdown);

}  // namespace lockscope::package
