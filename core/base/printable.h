// Text that came out of a file, for people: a control character could move a terminal's cursor or break a line in two. Any
// thread.
#pragma once

#include <algorithm>
#include <string>

namespace lockscope {

inline bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// A '?' for each control character.
inline void MakePrintable(std::string& text) { std::ranges::replace_if(text, IsControl, '?'); }

// The same, but lines stay lines.
inline void MakeLinesPrintable(std::string& text) {
  std::ranges::replace_if(
      text, [](char c) { return IsControl(c) && c != '\n' && c != '\t'; }, '?');
}

}  // namespace lockscope
