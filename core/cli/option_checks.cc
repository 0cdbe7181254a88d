#include "core/cli/option_checks.h"

#include <fmt/format.h>

#include <charconv>

namespace lockscope::cli {

CLI::Validator NotEmpty() {
  return CLI::Validator(
      [](const std::string& value) { return value.empty() ? "found nothing; a value was expected" : ""; }, "");
}

CLI::Validator SecondsBetween(double least, double most) {
  return CLI::Validator(
      [least, most](const std::string& value) {
        double seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        const bool is_whole = error == std::errc() && end == value.data() + value.size();
        // "nan" is a number to from_chars, neither below the least nor above the most.
        if (is_whole && seconds >= least && seconds <= most) return std::string();
        return fmt::format("found '{}'; a number from {} to {} was expected", value, least, most);
      },
      "");
}

}  // namespace lockscope::cli
