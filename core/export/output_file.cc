#include "core/export/output_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "core/base/links.h"
#include "core/trace/recording_place.h"

namespace lockscope::export_ {

Result<void> WriteFile(const std::filesystem::path& path, const std::function<Result<void>(std::ostream&)>& write) {
  if (trace::IsRecordingAt(path)) {
    return Fail("{}: is a recording; another name for the new file was expected", path.string());
  }
  std::error_code ignored;
  const bool in_place = std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored);
  const std::filesystem::path place = BehindLinks(path);
  const std::filesystem::path beside = in_place ? path : std::filesystem::path(place.string() + ".tmp");
  errno = 0;
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  if (!out) return Fail("{}: cannot be written: {}", path.string(), ErrnoText(errno));
  Result<void> written = write(out);
  out.close();
  if (written && !out) written = Fail("the output cannot be written");
  if (!written) {
    const std::string reason = errno != 0 ? ErrnoText(errno) : written.error().message;
    if (!in_place) std::filesystem::remove(beside, ignored);
    return Fail("{}: cannot be written: {}", path.string(), reason);
  }
  if (in_place) return {};
  std::error_code renamed;
  std::filesystem::rename(beside, place, renamed);
  if (!renamed) return {};
  std::filesystem::remove(beside, ignored);
  return Fail("{}: cannot be written: {}", path.string(), renamed.message());
}

}  // namespace lockscope::export_
