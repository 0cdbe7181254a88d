// Reading and writing trace files (the format is core/trace/FORMAT.md). Any thread; one file, one writer.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

// Reads a finished recording, or one that is still being written or whose program was killed (up to its last complete
// event; info().finished is false then). The error is one line: the file, the offset in bytes, what was found and what
// was expected.
Result<Trace> ReadTrace(const std::filesystem::path& path);
Result<Trace> ReadTraceBytes(std::span<const std::byte> bytes, const std::string& name);

// The finished form, a function of the trace alone: equal traces give equal bytes.
std::vector<std::byte> EncodeTrace(const Trace& trace);

// Writes beside `path` and renames over it: a reader finds the old file or the new one, never half of one.
Result<void> WriteTrace(const Trace& trace, const std::filesystem::path& path);

}  // namespace lockscope::trace
