// Two pieces of code for a terminal: in two columns with equal lines beside each other, or, where it is too narrow for
// that, one below the other. What runs on one side only is marked in the margin, '-' on the left, '+' on the right; a
// comment does not run. Colour, where it is wanted, says the same again. Pure; any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lockscope::cli {

struct CodeColumn {
  std::string heading;  // "the bug · core/daemon/bugs/no_reference.cc:30".
  std::vector<std::string> lines;
  std::string of_class = {};  // "CarelessWorker::": lines that differ in it alone are equal.
};

// Lines of at most `width` columns.
std::vector<std::string> SideBySide(const CodeColumn& left, const CodeColumn& right, size_t width, bool colour);

// Pairs of line numbers, from 0, -1 where the other side has nothing: the fewest changes that make `right` of `left`.
std::vector<std::pair<int, int>> Align(const std::vector<std::string>& left, const std::vector<std::string>& right);

}  // namespace lockscope::cli
