// A path as it can be pasted into a shell. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace lockscope {

// As it is where the shell takes nothing in it for its own, else in single quotes. No program takes it for an option.
inline std::string ShellWord(std::string_view word) {
  if (word.starts_with('-')) return ShellWord("./" + std::string(word));
  if (!word.empty() && word.find_first_of(" \t\n'\"\\$&|;<>()*?[]{}#~`!") == std::string_view::npos)
    return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace lockscope
