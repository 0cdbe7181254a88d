// LS_CHECK: our own bugs stop the program, in every build, with one line that says what was wrong and where.
//
// For the world's faults (a full disk, a closed socket) use Result; for the user's input, Result with file and line.
// Any thread.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace lockscope {

// Prints "lockscope: check failed at FILE:LINE: CONDITION: MESSAGE" to standard error and aborts.
[[noreturn]] void CheckFailed(std::string_view condition, std::string_view message, const char* file, int line);

}  // namespace lockscope

#define LS_CHECK(condition, ...)                                                               \
  do {                                                                                         \
    if (!(condition)) [[unlikely]]                                                             \
      ::lockscope::CheckFailed(#condition, ::fmt::format("" __VA_ARGS__), __FILE__, __LINE__); \
  } while (false)
