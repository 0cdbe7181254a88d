// A font whose letters are all seven pixels wide and whose lines are twelve high.
#pragma once

#include "viewer/model/text_measure.h"

namespace lockscope::viewer {

class FakeMeasure : public TextMeasure {
 public:
  static constexpr float kLetter = 7;
  float Width(std::string_view text, TextStyle) const override {
    float letters = 0;
    for (const char c : text) {
      if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++letters;
    }
    return letters * kLetter;
  }
  float Height(TextStyle) const override { return 12; }
};

}  // namespace lockscope::viewer
