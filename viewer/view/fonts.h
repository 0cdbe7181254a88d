// Fonts: the two type families of the viewer at the display's scale, and how wide a text is in them.
//
// Roboto for words, Fira Code for numbers, from where Debian and its relatives put them; DejaVu where those are not
// installed. ImGui's built-in bitmap font is never used. The only place that knows how ImGui keeps fonts (1.92 changes
// that). The thread of the window.
#pragma once

#include <imgui.h>

#include <array>

#include "core/base/result.h"
#include "viewer/model/text_measure.h"

namespace lockscope::viewer {

class Fonts : public TextMeasure {
 public:
  // Adds the fonts to the current ImGui context, in place of those it had. The error is one line that names the
  // packages to install.
  Result<void> Load(float scale);

  float Width(std::string_view text, TextStyle style) const override;
  float Height(TextStyle style) const override { return Size(style); }

  void Draw(ImDrawList* list, TextStyle style, ImVec2 at, ImU32 color, std::string_view text) const;
  // For ImGui's own text calls.
  void Push(TextStyle style) const;
  static void Pop();

 private:
  static constexpr size_t kStyles = 7;
  float Size(TextStyle style) const { return sizes_[static_cast<size_t>(style)]; }
  std::array<ImFont*, kStyles> fonts_{};
  std::array<float, kStyles> sizes_{};
};

}  // namespace lockscope::viewer
