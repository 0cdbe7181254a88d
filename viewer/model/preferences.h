// Preferences: what the viewer remembers from one run to the next: sizes of the areas, theme, scale.
//
// Kept as lines "key value" in $XDG_STATE_HOME/lockscope/viewer (~/.local/state where that is not set). A file that
// cannot be read, or has nonsense in it, is as good as none; one that cannot be written is no reason to complain.
// One thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lockscope::viewer {

struct Preferences {
  bool dark = true;
  float text_scale = 1;         // Beside the display's own scale. 0.7 … 2.5.
  float bottom_share = 0.25f;   // Of the window's height: sentences and details. 0.12 … 0.6.
  float details_share = 0.42f;  // Of the window's width: details. 0.2 … 0.7.

  static constexpr float kTextScaleStep = 1.1f;
  void Clamp();

  static Preferences Parse(std::string_view text);  // Unknown lines are passed over.
  std::string ToText() const;
};

// Empty where the environment names no home.
std::filesystem::path PreferencesPath();
Preferences LoadPreferences(const std::filesystem::path& path);
bool SavePreferences(const Preferences& preferences, const std::filesystem::path& path);

}  // namespace lockscope::viewer
