#include "viewer/model/text_measure.h"

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

}  // namespace lockscope::viewer
