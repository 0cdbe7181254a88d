#include "core/cli/unusable.h"

#include <fmt/format.h>

#include <cstdio>

namespace lockscope::cli {

int Unusable(const std::string& message) {
  fmt::print(stderr, "lockscope: {}\n", message);
  return 2;
}

}  // namespace lockscope::cli
