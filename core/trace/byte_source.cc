#include "core/trace/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace lockscope::trace {

Result<ByteSource> ByteSource::Open(const std::filesystem::path& path) {
  unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return Fail("{}: cannot be opened: {}", path.string(), ErrnoText(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return Fail("{}: cannot be read: {}", path.string(), ErrnoText(errno));
  if (S_ISDIR(status.st_mode)) return Fail("{}: is a folder, not a lockscope trace", path.string());
  if (!S_ISREG(status.st_mode)) return Fail("{}: is not a regular file", path.string());
  return ByteSource(std::move(file), static_cast<size_t>(status.st_size));
}

bool ByteSource::Read(size_t at, void* to, size_t bytes) const {
  if (bytes > size_ || at > size_ - bytes) return false;
  if (!file_.valid()) {
    if (bytes > 0) std::memcpy(to, memory_.data() + at, bytes);
    return true;
  }
  auto* next = static_cast<std::byte*>(to);
  while (bytes > 0) {
    const ssize_t got = ::pread(file_.get(), next, bytes, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    next += got;
    at += static_cast<size_t>(got);
    bytes -= static_cast<size_t>(got);
  }
  return true;
}

}  // namespace lockscope::trace
