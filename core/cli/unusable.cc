#include "core/cli/unusable.h"

#include <fmt/format.h>

namespace lockscope::cli {

int Unusable(const std::string& message) {
  fmt::print(stderr, "lockscope: {}\n", message);
  return 2;
}

}  // namespace lockscope::cli
