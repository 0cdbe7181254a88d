#include "core/trace/recording_place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <system_error>

#include "core/base/links.h"
#include "core/base/unique_fd.h"
#include "core/trace/file_bytes.h"
#include "core/trace/file_format.h"
#include "core/trace/ring_file.h"

namespace lockscope::trace {
namespace {

// How much of a recording's first bytes it begins with, if with nothing else.
std::optional<size_t> BeginsAsRecording(int fd) {
  std::array<char, sizeof format::kMagic> begins{};
  const size_t read = ReadAt(fd, 0, begins.data(), begins.size());
  if (std::memcmp(begins.data(), format::kMagic, read) != 0) return {};
  return read;
}

}  // namespace

bool IsRecordingAt(const std::filesystem::path& path) {
  const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  return file.valid() && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         BeginsAsRecording(file.get()) == sizeof format::kMagic;
}

Result<std::filesystem::path> PlaceOfUnfinished(const std::filesystem::path& path) {
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

Result<RecordingPlace> PlaceForRecording(const std::filesystem::path& path) {
  Result<std::filesystem::path> place = PlaceOfUnfinished(path);
  if (!place) return tl::make_unexpected(place.error());
  RecordingPlace found{std::move(*place), {}};
  const unique_fd file(::open(found.file.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid() && errno == ENOENT) return found;
  if (!file.valid()) return Fail("{}: cannot be written: {}", path.string(), ErrnoText(errno));
  struct stat status {};  // What is there now: it need not be what was there a moment ago.
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Fail("{}: a recording needs a regular file", path.string());
  }
  if (!BeginsAsRecording(file.get()) && path.extension() != ".lockscope") {
    return Fail("{}: is there already, and is no recording; the name of a new file was expected, or one in .lockscope",
                path.string());
  }
  const Result<NamedRing> named = RingOf(file.get(), path.string());
  if (!named) return found;
  const Result<OpenedRing> ring = OpenRing(named->path, named->ring_id);
  if (!ring) return found;
  if (WriterLives(ring->fd.get())) {
    return Fail("{}: another process ({}) is recording to it", path.string(), ring->header.pid);
  }
  found.ring = named->path;
  return found;
}

}  // namespace lockscope::trace
