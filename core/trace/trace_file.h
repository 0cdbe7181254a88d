// Reading and writing trace files (the format is core/trace/FORMAT.md). Any thread; one file, one writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

// Called now and then while a finished file is read, by the thread that reads: how many events have been read, and of how
// many. False ends the reading with an error.
using Progress = std::function<bool(uint64_t done, uint64_t total)>;

// Reads a finished recording, or one that is still being written or whose program was killed (up to its last complete
// event; info().finished is false then). The error is one line: the file, the offset in bytes, what was found and what
// was expected.
Result<Trace> ReadTrace(const std::filesystem::path& path, const Progress& progress = {});
Result<Trace> ReadTraceBytes(std::span<const std::byte> bytes, const std::string& name);

// How a finished file holds its events.
enum class FileForm {
  kCompact,  // Packed: one to three bytes a lock and unlock. Through zstd, too, but for a controlled run's: its bytes must
             // be the same everywhere, whichever version of zstd is there.
  kPlain,  // As they lie in memory, 18 bytes an event: the quickest to open.
};

// The finished form, a function of the trace alone: equal traces give equal bytes.
std::vector<std::byte> EncodeTrace(const Trace& trace, FileForm form = FileForm::kCompact);

// Writes beside `path` and renames over it: a reader finds the old file or the new one, never half of one.
// Fails where it may not be replaced (core/trace/recording_place.h); the ring of a killed program's recording goes with it.
Result<void> WriteTrace(const Trace& trace, const std::filesystem::path& path, FileForm form = FileForm::kCompact);
// The same over the unfinished form of this very trace, of which the caller is the writer or the recoverer.
Result<void> WriteFinished(const Trace& trace, const std::filesystem::path& path);

}  // namespace lockscope::trace
