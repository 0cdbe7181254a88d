#include "viewer/view/fonts.h"

#include <cfloat>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <system_error>

namespace lockscope::viewer {
namespace {

#define LS_FONTS "/usr/share/fonts/"

std::string FirstThatExists(std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) return path;
  }
  return {};
}

std::string TextFont() {
  return FirstThatExists({LS_FONTS "truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf",
                          LS_FONTS "truetype/roboto/Roboto-Regular.ttf", LS_FONTS "google-roboto/Roboto-Regular.ttf",
                          LS_FONTS "truetype/dejavu/DejaVuSans.ttf", LS_FONTS "dejavu-sans-fonts/DejaVuSans.ttf"});
}

std::string StrongFont() {
  return FirstThatExists({LS_FONTS "truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf",
                          LS_FONTS "truetype/roboto/Roboto-Medium.ttf", LS_FONTS "google-roboto/Roboto-Medium.ttf",
                          LS_FONTS "truetype/dejavu/DejaVuSans-Bold.ttf",
                          LS_FONTS "dejavu-sans-fonts/DejaVuSans-Bold.ttf"});
}

std::string NumberFont() {
  return FirstThatExists({LS_FONTS "truetype/firacode/FiraCode-Regular.ttf", LS_FONTS "fira-code/FiraCode-Regular.ttf",
                          LS_FONTS "truetype/dejavu/DejaVuSansMono.ttf",
                          LS_FONTS "dejavu-sans-mono-fonts/DejaVuSansMono.ttf"});
}

#undef LS_FONTS

// Latin letters with the accents of Europe's names, punctuation, and the signs that the viewer writes itself.
constexpr ImWchar kLetters[] = {0x20, 0x17f, 0x2010, 0x2027, 0x2212, 0x2212, 0x2264, 0x2265, 0};
constexpr ImWchar kSigns[] = {0x2190, 0x2193, 0};  // ← ↑ → ↓: Roboto does not have them.

}  // namespace

Result<void> Fonts::Load(float scale) {
  const std::string text = TextFont();
  const std::string strong = StrongFont();
  const std::string number = NumberFont();
  if (text.empty() || strong.empty() || number.empty()) {
    return Fail("no font for the window: install fonts-roboto-unhinted and fonts-firacode (or fonts-dejavu-core)");
  }
  struct Wanted {
    TextStyle style;
    const std::string& file;
    float size;
  };
  const Wanted wanted[] = {{TextStyle::kBody, text, 15},     {TextStyle::kSmall, text, 13},
                           {TextStyle::kStrong, strong, 15}, {TextStyle::kTitle, text, 18},
                           {TextStyle::kLarge, text, 21},    {TextStyle::kHeadline, strong, 18},
                           {TextStyle::kNumber, number, 13}};
  ImFontAtlas* atlas = ImGui::GetIO().Fonts;
  atlas->Clear();
  for (const Wanted& font : wanted) {
    const float size = std::round(font.size * scale);
    const auto index = static_cast<size_t>(font.style);
    fonts_[index] = atlas->AddFontFromFileTTF(font.file.c_str(), size, nullptr, kLetters);
    sizes_[index] = size;
    ImFontConfig merge;
    merge.MergeMode = true;
    atlas->AddFontFromFileTTF(number.c_str(), size, &merge, kSigns);
    if (fonts_[index] == nullptr) return Fail("{} is no font that can be used", font.file);
  }
  if (!atlas->Build()) return Fail("the fonts do not fit into a texture at a scale of {}", scale);
  return {};
}

float Fonts::Width(std::string_view text, TextStyle style) const {
  const ImFont* font = fonts_[static_cast<size_t>(style)];
  return font->CalcTextSizeA(Size(style), FLT_MAX, 0, text.data(), text.data() + text.size()).x;
}

void Fonts::Draw(ImDrawList* list, TextStyle style, ImVec2 at, ImU32 color, std::string_view text) const {
  list->AddText(fonts_[static_cast<size_t>(style)], Size(style), {std::round(at.x), std::round(at.y)}, color,
                text.data(), text.data() + text.size());
}

void Fonts::Push(TextStyle style) const { ImGui::PushFont(fonts_[static_cast<size_t>(style)]); }

void Fonts::Pop() { ImGui::PopFont(); }

}  // namespace lockscope::viewer
