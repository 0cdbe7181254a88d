#include "core/trace/ring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <system_error>

#include "core/base/clock.h"
#include "core/trace/file_bytes.h"

namespace lockscope::trace {
namespace {

constexpr std::string_view kPrefix = "lockscope-";
constexpr std::string_view kSuffix = ".ring";

std::string RingName(uint64_t ring_id) { return fmt::format("{}{:016x}{}", kPrefix, ring_id, kSuffix); }

// Created, locked, and with its space; or not valid, and errno.
RingFile Create(const std::filesystem::path& path, size_t bytes) {
  RingFile file;
  file.fd.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.fd.valid()) return {};
  file.lock.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  file.path = path;
  if (file.lock.valid() && ::flock(file.lock.get(), LOCK_EX | LOCK_NB) == 0 && Allocate(file.fd.get(), 0, bytes)) {
    return file;
  }
  const int error = errno;
  ::unlink(path.c_str());
  errno = error;
  return {};
}

bool IsTmpfs(const std::filesystem::path& folder) {
  struct statfs status {};
  return ::statfs(folder.c_str(), &status) == 0 && status.f_type == TMPFS_MAGIC;
}

}  // namespace

bool Allocate(int fd, uint64_t from, uint64_t bytes) {
  int error = 0;
  do {
    error = ::posix_fallocate(fd, static_cast<off_t>(from), static_cast<off_t>(bytes));
  } while (error == EINTR);
  errno = error;
  return error == 0;
}

std::vector<std::filesystem::path> DefaultRingFolders() {
  const char* const chosen = ::getenv("LOCKSCOPE_RING_FOLDER");
  if (chosen != nullptr && *chosen != '\0') return {chosen};
  std::vector<std::filesystem::path> folders = {"/dev/shm"};
  const char* const runtime = ::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime != '\0') folders.emplace_back(runtime);
  return folders;
}

uint64_t NewRingId() {
  uint64_t id = 0;
  if (::getrandom(&id, sizeof id, 0) != sizeof id || id == 0)
    id = ReadTicks() << 16 ^ static_cast<uint64_t>(::getpid());
  return id;
}

Result<RingFile> CreateRingFile(const RingOptions& options, const std::filesystem::path& out, uint64_t ring_id,
                                size_t bytes) {
  for (const std::filesystem::path& folder : options.folders.empty() ? DefaultRingFolders() : options.folders) {
    if (!IsTmpfs(folder)) continue;
    RingFile file = Create(folder / RingName(ring_id), bytes);
    if (file.fd.valid()) return file;
  }
  const std::filesystem::path beside = out.string() + "." + RingName(ring_id);
  RingFile file = Create(beside, bytes);
  file.on_tmpfs = IsTmpfs(beside);
  if (file.fd.valid()) return file;
  return Fail("{}: cannot be recorded to: no room for its live buffers, neither on tmpfs nor beside it: {}",
              out.string(), ErrnoText(errno));
}

Result<RingFile> CreateNamelessRing(size_t bytes) {
  unique_fd fd(::memfd_create("lockscope ring", MFD_CLOEXEC));
  if (!fd.valid() || !Allocate(fd.get(), 0, bytes)) {
    return Fail("no memory for the live buffers of a recording: {}", ErrnoText(errno));
  }
  RingFile file;
  file.fd = std::move(fd);
  return file;
}

Result<OpenedRing> OpenRing(const std::filesystem::path& path) {
  // Not blocked by a pipe, not led elsewhere: the name may come from a file that anybody wrote.
  OpenedRing ring{unique_fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)), {}};
  if (!ring.fd.valid()) return Fail("{}: the ring cannot be opened: {}", path.string(), ErrnoText(errno));
  struct stat status {};
  if (::fstat(ring.fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Fail("{}: is no ring: it is not a regular file", path.string());
  }
  format::RingHeader& header = ring.header;
  if (ReadAt(ring.fd.get(), 0, &header, sizeof header) != sizeof header ||
      std::memcmp(header.magic, format::kRingMagic, sizeof header.magic) != 0) {
    return Fail("{}: is no ring: it does not begin as one", path.string());
  }
  if (header.version != format::kRingVersion || header.header_bytes != sizeof header) {
    return Fail("{}: a ring of version {}; this program reads version {}", path.string(), header.version,
                format::kRingVersion);
  }
  header.out[sizeof header.out - 1] = '\0';
  return ring;
}

Result<OpenedRing> OpenRing(const std::filesystem::path& path, uint64_t ring_id) {
  Result<OpenedRing> ring = OpenRing(path);
  if (ring && ring->header.ring_id != ring_id) {
    return Fail("{}: is the ring {:016x}, not {:016x}", path.string(), ring->header.ring_id, ring_id);
  }
  return ring;
}

bool WriterLives(int ring_fd) {
  if (::flock(ring_fd, LOCK_SH | LOCK_NB) != 0) return true;
  ::flock(ring_fd, LOCK_UN);
  return false;
}

Result<NamedRing> RingOf(int out_fd, const std::string& name) {
  format::FileHeader header;
  format::SectionHeader section;
  format::RingName ring;
  constexpr size_t kSectionAt = sizeof header;
  constexpr size_t kRingAt = kSectionAt + sizeof section;
  if (ReadAt(out_fd, 0, &header, sizeof header) != sizeof header ||
      std::memcmp(header.magic, format::kMagic, sizeof header.magic) != 0 ||
      header.state != static_cast<uint32_t>(format::State::kLive)) {
    return Fail("{}: is no live recording", name);
  }
  if (ReadAt(out_fd, kSectionAt, &section, sizeof section) != sizeof section ||
      section.type != static_cast<uint32_t>(format::LiveSection::kRing) ||
      ReadAt(out_fd, kRingAt, &ring, sizeof ring) != sizeof ring || ring.path_bytes > 4096) {
    return Fail("{}: at byte {}: a live recording that does not name its ring", name, kSectionAt);
  }
  std::string path(ring.path_bytes, '\0');
  if (ReadAt(out_fd, kRingAt + sizeof ring, path.data(), path.size()) != path.size()) {
    return Fail("{}: at byte {}: the file ends inside the name of its ring", name, kRingAt + sizeof ring);
  }
  return NamedRing{ring.ring_id, path};
}

std::vector<FoundRing> FindRings(const std::vector<std::filesystem::path>& folders) {
  std::vector<FoundRing> found;
  for (const std::filesystem::path& folder : folders) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      const size_t at = name.find(kPrefix);
      if (at == std::string::npos || !name.ends_with(kSuffix)) continue;
      struct stat status {};
      if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid())
        continue;
      FoundRing ring;
      ring.path = entry.path();
      ring.bytes = static_cast<uint64_t>(status.st_blocks) * 512;
      if (const Result<OpenedRing> opened = OpenRing(entry.path())) {
        ring.readable = true;
        ring.writer_lives = WriterLives(opened->fd.get());
        ring.pid = opened->header.pid;
        ring.out = opened->header.out;
        ring.age_ns = MonotonicNs() - opened->header.began_ns;
        const unique_fd out(::open(ring.out.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (out.valid()) {
          const Result<NamedRing> named = RingOf(out.get(), ring.out.string());
          ring.out_names_it = named && named->ring_id == opened->header.ring_id;
        }
      }
      found.push_back(std::move(ring));
    }
  }
  std::sort(found.begin(), found.end(), [](const FoundRing& a, const FoundRing& b) { return a.path < b.path; });
  return found;
}

}  // namespace lockscope::trace
