// Recordings that nobody finished: reading them, and finishing them for good. Any thread; one file, one of them at a time.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

// Reads a live recording with the ring that belongs to it, whether its program lives or not. info().finished is false, and
// the meta entry "ring_missing" says so where the ring is gone. For ReadTrace, which knows all kinds of files.
Result<Trace> ReadLive(const std::filesystem::path& path);
// The same of what stands in memory, without a ring.
Result<Trace> ReadLiveBytes(std::span<const std::byte> bytes, const std::string& name);

// Writes the recording anew, in the finished form (state: recovered), over itself, and removes its ring. Fails where its
// program still records, or there is nothing to recover. `path` may be a ring whose recording is gone: then, and only then,
// the recording is made at `out`.
Result<Trace> Recover(const std::filesystem::path& path, const std::filesystem::path& out = {});

}  // namespace lockscope::trace
