#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace lockscope {

void CheckFailed(std::string_view condition, std::string_view message, const char* file, int line) {
  const std::string text =
      message.empty() ? fmt::format("lockscope: check failed at {}:{}: {}\n", file, line, condition)
                      : fmt::format("lockscope: check failed at {}:{}: {}: {}\n", file, line, condition, message);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::abort();
}

}  // namespace lockscope
