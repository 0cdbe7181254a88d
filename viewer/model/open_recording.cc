#include "viewer/model/open_recording.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string>
#include <system_error>

#include "core/analysis/explain.h"
#include "core/base/shell_word.h"
#include "core/trace/trace_file.h"
#include "viewer/model/axis.h"

namespace lockscope::viewer {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPeekBytes = 4096;

std::string Peek(const fs::path& path) {
  std::string beginning(kPeekBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<size_t>(file.gcount()));
  return beginning;
}

// What a file that begins like JSON is for, and which command takes it.
Error NotARecordingButJson(const fs::path& path, const std::string& beginning) {
  const std::string name = path.string();
  const bool scenario = beginning.find("\"daemon\"") != std::string::npos ||
                        beginning.find("\"schedule\"") != std::string::npos ||
                        beginning.find("\"clients\"") != std::string::npos;
  if (scenario) {
    return {
        fmt::format("{} is a scenario, not a recording. Make a recording of it first: lockscope run {} -o "
                    "run.lockscope, then: lockscope-viewer run.lockscope",
                    name, ShellWord(name))};
  }
  return {
      fmt::format("{} is JSON text, not a recording. If lockscope exported it: lockscope import {} -o "
                  "run.lockscope, then: lockscope-viewer run.lockscope",
                  name, ShellWord(name))};
}

Result<double> ParseNumber(std::string_view text, std::string_view whole) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return Fail("\"{}\" is no place in a recording: write 12.5ms, 42us, or step:123", whole);
  }
  return value;
}

}  // namespace

Result<trace::Trace> OpenRecording(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    const int reason = error && error.value() != 0 ? error.value() : ENOENT;
    return Fail("{}: {}", path.string(), ErrnoText(reason));
  }
  if (fs::is_directory(status)) return Fail("{} is a folder; name a recording in it (*.lockscope)", path.string());
  if (!fs::is_regular_file(status)) return Fail("{} is not a file", path.string());
  if (!std::ifstream(path, std::ios::binary)) return Fail("{} cannot be read", path.string());
  const std::string beginning = Peek(path);
  if (beginning.empty()) return Fail("{} is empty; a recording begins with a header", path.string());
  const size_t first = beginning.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (beginning[first] == '{' || beginning[first] == '[')) {
    return tl::make_unexpected(NotARecordingButJson(path, beginning));
  }
  Result<trace::Trace> trace = trace::ReadTrace(path);
  if (trace && trace->empty()) return Fail("{} is a recording without events: there is nothing to show", path.string());
  return trace;
}

Result<Place> ParsePlace(std::string_view text, const trace::Trace& trace) {
  constexpr std::string_view kStep = "step:";
  if (text.starts_with(kStep)) {
    const Result<double> number = ParseNumber(text.substr(kStep.size()), text);
    if (!number) return tl::make_unexpected(number.error());
    // A scenario's words have numbers, too, in what export writes; who asks for them gets the event that they belong to.
    if (*number < 1 || *number > static_cast<double>(trace.size()) || *number != std::floor(*number)) {
      return Fail("\"{}\": the recording has the steps 1 to {}", text, analysis::LastEvent(trace) + 1);
    }
    const size_t step = static_cast<size_t>(*number) - 1;
    return Place{step, trace.TimeNs(step)};
  }
  struct Unit {
    std::string_view name;
    double ns;
  };
  constexpr std::array<Unit, 5> kUnits = {{{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const Result<double> number = ParseNumber(text.substr(0, text.size() - unit.name.size()), text);
    if (!number) return tl::make_unexpected(number.error());
    const double ns = *number * unit.ns;
    if (ns < 0 || ns > static_cast<double>(trace.end_ns()) + 1) {
      return Fail("\"{}\" is outside the recording, which is {} long", text,
                  static_cast<double>(trace.end_ns()) / 1e6 < 1
                      ? fmt::format("{:.3g} us", static_cast<double>(trace.end_ns()) / 1e3)
                      : fmt::format("{:.3g} ms", static_cast<double>(trace.end_ns()) / 1e6));
    }
    const size_t step = Axis::Time(trace).StepAt(ns);
    return Place{step, std::max(trace.TimeNs(step), static_cast<int64_t>(ns))};
  }
  return Fail("\"{}\" is no place in a recording: write 12.5ms, 42us, or step:123", text);
}

bool IsBefore(const Place& a, const Place& b) { return a.step != b.step ? a.step < b.step : a.ns < b.ns; }

Result<PixelSize> ParseSize(std::string_view text) {
  constexpr int kLeast = 320;
  constexpr int kMost = 8192;
  PixelSize size;
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  if (width.ec == std::errc() && width.ptr != end && *width.ptr == 'x') {
    const auto height = std::from_chars(width.ptr + 1, end, size.height);
    const auto fits = [](int pixels) { return pixels >= kLeast && pixels <= kMost; };
    if (height.ec == std::errc() && height.ptr == end && fits(size.width) && fits(size.height)) return size;
  }
  return Fail("\"{}\" is no size: write 1280x720, each between {} and {}", text, kLeast, kMost);
}

}  // namespace lockscope::viewer
