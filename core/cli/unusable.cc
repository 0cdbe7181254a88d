#include "core/cli/unusable.h"

#include <fmt/format.h>

#include <cstdio>

#include "core/base/printable.h"

namespace lockscope::cli {

int Unusable(std::string message) {
  MakePrintable(message);  // A file's name may have a line break: this is one line.
  fmt::print(stderr, "lockscope: {}\n", message);
  return 2;
}

}  // namespace lockscope::cli
