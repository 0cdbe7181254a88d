// Opening what a person hands to the viewer: a recording, or something that is none and deserves a clear answer. One
// thread.
#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::viewer {

// Reads a recording. The error is one line that names the file and says what it is instead (nothing there, a folder,
// empty, a scenario, exported JSON, not a recording, cut off …) and, where there is one, the command that helps.
Result<trace::Trace> OpenRecording(const std::filesystem::path& path);

// "12.5ms", "42us", "3s", "800ns" since the recording's zero, or "step:123" (from 1). The step at or before that time.
struct Place {
  size_t step = 0;
  int64_t ns = 0;  // At or after the step's own time.
};
Result<Place> ParsePlace(std::string_view text, const trace::Trace& trace);
// By order, and where that is the same by time: between two events time passes, too.
bool IsBefore(const Place& a, const Place& b);

// "1280x720": both between 320 and 8192 pixels.
struct PixelSize {
  int width = 0;
  int height = 0;
};
Result<PixelSize> ParseSize(std::string_view text);

}  // namespace lockscope::viewer
