// Lines of a fixed width for a terminal. A column is a code point: wide characters in names are not counted as two.
// Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lockscope::analysis {

size_t Columns(std::string_view text);
// Whole if it fits, else its beginning and "...".
std::string Cut(const std::string& text, size_t columns);
// Breaks at spaces; a word longer than a line is broken where the line ends. At least one line.
std::vector<std::string> Wrap(const std::string& text, size_t columns);

}  // namespace lockscope::analysis
