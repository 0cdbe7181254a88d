// What a recording lacks, said behind what it has. To standard output; any thread.
#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "core/analysis/phrases.h"
#include "core/trace/trace.h"

namespace lockscope::cli {

// "lost     12 events", a line; nothing where none was.
inline void SayLost(const trace::Trace& trace) {
  const uint64_t lost = trace.info().dropped_events;
  if (lost > 0) fmt::print("lost     {}\n", analysis::Counted(lost, "event"));
}

}  // namespace lockscope::cli
