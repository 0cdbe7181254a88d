// TextMeasure: how wide a text would be, so that a plan can be made, and tested, without a font.
//
// FitText is the one way a text is shortened: with an ellipsis, at a whole letter, and never without one. Whoever shows
// a shortened text keeps the whole one for its tooltip. Any thread, if the measure's own is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockscope::viewer {

enum class TextStyle : uint8_t {
  kSmall,     // Words inside thin bars, ruler, counts.
  kBody,      // Everything else.
  kStrong,    // Names of lanes, the first line of details.
  kTitle,     // The sentences.
  kHeadline,  // The recording's title.
  kLarge,     // The sentences of the README picture.
  kNumber,    // Times and counts that must stand in columns: monospaced.
};

class TextMeasure {
 public:
  virtual ~TextMeasure() = default;
  virtual float Width(std::string_view text, TextStyle style) const = 0;  // Pixels.
  virtual float Height(TextStyle style) const = 0;                        // Pixels, of one line.
};

// The whole text if it fits into `width`, else its longest beginning that fits with an ellipsis after it, else nothing:
// less than three letters and an ellipsis tell nobody anything.
std::string FitText(const TextMeasure& measure, TextStyle style, std::string_view text, float width);

// Lines of at most `width`, broken at spaces; a word that is wider than that has a line of its own. At least one line.
std::vector<std::string> WrapText(const TextMeasure& measure, TextStyle style, std::string_view text, float width);

}  // namespace lockscope::viewer
