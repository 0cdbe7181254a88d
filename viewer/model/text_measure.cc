#include "viewer/model/text_measure.h"

#include <utility>

namespace lockscope::viewer {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr size_t kLeastLetters = 3;

bool IsInsideLetter(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }  // UTF-8: 10xxxxxx.

}  // namespace

std::string FitText(const TextMeasure& measure, TextStyle style, std::string_view text, float width) {
  if (measure.Width(text, style) <= width) return std::string(text);
  const auto shortened = [&](size_t length) {
    while (length > 0 && (IsInsideLetter(text[length]) || text[length - 1] == ' ')) --length;
    return std::string(text.substr(0, length)).append(kEllipsis);
  };
  // The longest prefix that fits; widths grow with length, so a binary search finds it.
  size_t fits = 0;
  size_t too_long = text.size();
  while (fits + 1 < too_long) {
    const size_t middle = fits + (too_long - fits) / 2;
    if (measure.Width(shortened(middle), style) <= width) {
      fits = middle;
    } else {
      too_long = middle;
    }
  }
  return fits < kLeastLetters ? std::string() : shortened(fits);
}

std::vector<std::string> WrapText(const TextMeasure& measure, TextStyle style, std::string_view text, float width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word.empty()) continue;
    std::string longer = lines.back();
    if (!longer.empty()) longer += ' ';
    longer += word;
    if (lines.back().empty() || measure.Width(longer, style) <= width) {
      lines.back() = std::move(longer);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

}  // namespace lockscope::viewer
