// Result<T>: a value, or an Error that is one clear line for the person who has to act on it.
//
//   Result<int> Parse(...);                 returns a value or lockscope::Fail("...", ...)
//   Result<void> Write(...);                return {};  when it went well
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace lockscope {

struct [[nodiscard]] Error {
  std::string message;  // What, where, what was expected. No newline at the end.
};

template <typename T>
using Result = tl::expected<T, Error>;

template <typename... Args>
tl::unexpected<Error> Fail(fmt::format_string<Args...> format, Args&&... args) {
  return tl::make_unexpected(Error{fmt::format(format, std::forward<Args>(args)...)});
}

// The text of an errno value, for the end of a message ("No space left on device"). Any thread.
std::string ErrnoText(int error_number);

}  // namespace lockscope
