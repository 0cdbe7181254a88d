// Where a recording goes.
#pragma once

#include <filesystem>

#include "core/base/result.h"

namespace lockscope::trace {

struct RecordingPlace {
  std::filesystem::path file;  // What links lead to, so that they go on leading to it.
  std::filesystem::path ring;  // Of the recording there, if its program was killed: it goes with it. Else empty.
};

// The file that a new recording to `path` replaces or makes. Fails where something else than a regular file is there; where
// another process is recording to it; and where it is neither a recording, nor empty, nor called .lockscope: whoever has
// mistyped a name must not lose what bears it. Any thread.
Result<RecordingPlace> PlaceForRecording(const std::filesystem::path& path);

// The same for what stands there in its unfinished form and is finished by whoever asks.
Result<std::filesystem::path> PlaceOfUnfinished(const std::filesystem::path& path);

// Whether a recording is there, finished or not. Any thread.
bool IsRecordingAt(const std::filesystem::path& path);

}  // namespace lockscope::trace
