#include "core/cli/ring_option.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "core/trace/ring_file.h"

namespace lockscope::cli {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

// "64M" or "1G"; 0 where it is neither.
uint64_t BytesIn(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (error != std::errc() || number > trace::kMostRingBytes) return 0;
  if (unit == "M") return number * kMiB;
  if (unit == "G") return number * 1024 * kMiB;
  return 0;
}

}  // namespace

Result<trace::RingOptions> ParseRing(const std::string& text) {
  trace::RingOptions options;
  if (text.empty()) return options;
  const size_t colon = text.find(':');
  const std::string policy = text.substr(0, colon);
  if (policy == "grow") {
    options.when_full = trace::WhenFull::kGrow;
  } else if (policy == "drop-oldest") {
    options.when_full = trace::WhenFull::kDropOldest;
  } else if (policy == "drop-newest") {
    options.when_full = trace::WhenFull::kDropNewest;
  } else {
    return Fail("--ring: '{}' is not known; expected grow, drop-oldest or drop-newest, and perhaps a size, as in {}",
                policy, "drop-oldest:64M");
  }
  if (colon == std::string::npos) return options;
  options.bytes = BytesIn(std::string_view(text).substr(colon + 1));
  if (options.bytes < trace::kLeastRingBytes || options.bytes > trace::kMostRingBytes) {
    return Fail("--ring: '{}' is no size; expected {}M to {}G", text.substr(colon + 1), trace::kLeastRingBytes / kMiB,
                trace::kMostRingBytes / kMiB / 1024);
  }
  return options;
}

std::string FormatBytes(uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / static_cast<double>(kMiB));
}

void MentionAbandonedRings() {
  size_t count = 0;
  uint64_t bytes = 0;
  for (const trace::FoundRing& ring : trace::FindRings(trace::DefaultRingFolders())) {
    if (ring.writer_lives) continue;
    ++count;
    bytes += ring.bytes;
  }
  if (count == 0) return;
  fmt::print(stderr, "lockscope: {} of programs that were killed {} {} of memory; 'lockscope recover' lists {}\n",
             count == 1 ? "a recording" : fmt::format("{} recordings", count), count == 1 ? "takes" : "take",
             FormatBytes(bytes), count == 1 ? "it" : "them");
}

}  // namespace lockscope::cli
