// A function's text, found by its name in a source file of ours: a definition begins in column 0, on a line that has
// "Name(", and ends with the first "}" in column 0. That is how clang-format lays out every file of this project; this is
// no parser of C++. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockscope::cli {

struct FunctionText {
  int line = 0;  // Of the definition, from 1.
  std::vector<std::string> lines;
};

// Nothing where the source has no definition of that name.
std::optional<FunctionText> FindFunction(std::string_view source, std::string_view name);

// The comment that a file begins with, as one text; "" where it begins otherwise.
std::string OpeningComment(std::string_view source);

}  // namespace lockscope::cli
