// Where a recording goes.
#pragma once

#include <filesystem>

#include "core/base/result.h"

namespace lockscope::trace {

// The file that a recording to `path` replaces or makes: what links lead to, so that they go on leading to it. Fails where
// something else than a regular file is there. Any thread.
Result<std::filesystem::path> RecordingPlace(const std::filesystem::path& path);

}  // namespace lockscope::trace
