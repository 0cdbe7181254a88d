#include "core/trace/recording_place.h"

#include <system_error>

#include "core/base/links.h"

namespace lockscope::trace {

Result<std::filesystem::path> RecordingPlace(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status there = std::filesystem::status(path, error);
  if (!std::filesystem::status_known(there) && !path.empty()) {
    return Fail("{}: cannot be written: {}", path.string(), error.message());
  }
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return Fail("{}: a recording needs a regular file", path.string());
  }
  return BehindLinks(path);
}

}  // namespace lockscope::trace
