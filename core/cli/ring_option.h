// What `serve` and `run --live` are told of a recording's ring, and what they tell of rings that others left behind.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/trace/ring_options.h"

namespace lockscope::cli {

inline constexpr const char* kRingHelp =
    "When the live buffers are full: grow (the file takes it), drop-oldest (a flight recorder) or drop-newest; and "
    "how much memory they may take, as in drop-oldest:64M [grow:64M]";

// "grow", "drop-oldest:64M" … ; "" is the default.
Result<trace::RingOptions> ParseRing(const std::string& text);

// "4.2 MiB".
std::string FormatBytes(uint64_t bytes);

// A line on standard error where rings of programs that are gone take up memory.
void MentionAbandonedRings();

}  // namespace lockscope::cli
