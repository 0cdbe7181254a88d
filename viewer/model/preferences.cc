#include "viewer/model/preferences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace lockscope::viewer {

namespace fs = std::filesystem;

void Preferences::Clamp() {
  const auto keep = [](float value, float low, float high, float otherwise) {
    return std::isfinite(value) ? std::clamp(value, low, high) : otherwise;
  };
  text_scale = keep(text_scale, 0.7f, 2.5f, 1.0f);
  bottom_share = keep(bottom_share, 0.12f, 0.6f, 0.25f);
  details_share = keep(details_share, 0.2f, 0.7f, 0.42f);
}

Preferences Preferences::Parse(std::string_view text) {
  Preferences result;
  std::istringstream lines{std::string(text)};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string key;
    std::string value;
    words >> key >> value;
    if (key == "theme" && (value == "dark" || value == "light")) result.dark = value == "dark";
    for (const auto& [name, number] : {std::pair<const char*, float*>{"text_scale", &result.text_scale},
                                       {"bottom_share", &result.bottom_share},
                                       {"details_share", &result.details_share}}) {
      if (key != name) continue;
      char* end = nullptr;
      const float parsed = std::strtof(value.c_str(), &end);
      if (end != value.c_str() && *end == '\0') *number = parsed;
    }
  }
  result.Clamp();
  return result;
}

std::string Preferences::ToText() const {
  return fmt::format("theme {}\ntext_scale {:.4g}\nbottom_share {:.4g}\ndetails_share {:.4g}\n",
                     dark ? "dark" : "light", text_scale, bottom_share, details_share);
}

fs::path PreferencesPath() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return fs::path(state) / "lockscope" / "viewer";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".local" / "state" / "lockscope" / "viewer";
  return {};
}

Preferences LoadPreferences(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return Preferences::Parse(text.str());
}

bool SavePreferences(const Preferences& preferences, const fs::path& path) {
  if (path.empty()) return false;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::trunc);
  file << preferences.ToText();
  file.close();
  return !file.fail();
}

}  // namespace lockscope::viewer
