#include "core/trace/recording_place.h"

#include "core/base/links.h"

namespace lockscope::trace {

Result<std::filesystem::path> RecordingPlace(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status there = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return Fail("{}: a recording needs a regular file", path.string());
  }
  return BehindLinks(path);
}

}  // namespace lockscope::trace
