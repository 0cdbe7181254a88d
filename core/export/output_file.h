// A file that is written whole or not at all. Any thread; one file, one writer.
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

#include "core/base/result.h"

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

// Writes beside `path` and renames over it, so that a reader finds the old file or the new one; straight to it where it
// is a device or a pipe. Fails where a recording is there. The error is one line that begins with the path.
Result<void> WriteFile(const std::filesystem::path& path, const std::function<Result<void>(std::ostream&)>& write);

}  // namespace lockscope::export_
