#include "core/trace/recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>

#include <array>

#include "core/trace/file_bytes.h"
#include "core/trace/ring_file.h"
#include "core/trace/trace_file.h"
#include "core/trace/trace_follower.h"

namespace lockscope::trace {
namespace {

Result<Trace> BuildNamed(Result<TraceParts> parts, const std::string& name) {
  if (!parts) return tl::make_unexpected(parts.error());
  Result<Trace> trace = Trace::Build(std::move(*parts));
  if (!trace) return Fail("{}: {}", name, trace.error().message);
  return trace;
}

unique_fd Copy(int fd) { return unique_fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

// What is in the ring alone, of a recording that is gone.
Result<Trace> RecoverRing(OpenedRing ring, const std::filesystem::path& path, const std::filesystem::path& out) {
  const std::filesystem::path belongs_to = ring.header.out;
  const unique_fd its_out(::open(belongs_to.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (its_out.valid()) {
    const Result<NamedRing> named = RingOf(its_out.get(), belongs_to.string());
    if (named && named->ring_id == ring.header.ring_id) {
      return Fail("{}: belongs to {}, which is there; recover that", path.string(), belongs_to.string());
    }
  }
  if (out.empty()) {
    return Fail("{}: its recording {} is gone or another; say with -o where what the ring has is to go", path.string(),
                belongs_to.string());
  }
  if (::flock(ring.fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return Fail("{}: process {} is still recording to it", path.string(), ring.header.pid);
  }
  unique_fd nothing(::memfd_create("lockscope recording", MFD_CLOEXEC));
  format::FileHeader header{};
  header.ticks_per_second = ring.header.ticks_per_second;
  std::array<iovec, 1> bytes{iovec{&header, sizeof header}};
  if (!nothing.valid() || !WriteAt(nothing.get(), 0, bytes)) return Fail("{}: {}", path.string(), ErrnoText(errno));
  const Result<Trace> trace =
      BuildNamed(TraceFollower::ReadAll(std::move(nothing), Copy(ring.fd.get()), path.string()), path.string());
  if (!trace) return trace;
  if (Result<void> written = WriteTrace(*trace, out); !written) return tl::make_unexpected(written.error());
  ::unlink(path.c_str());
  return trace;
}

}  // namespace

Result<Trace> ReadLive(const std::filesystem::path& path) {
  const unique_fd before(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  Result<TraceFollower> follower = TraceFollower::Open(path);
  // It may have been finished since it was looked at, and the ring be gone for that reason.
  if (!follower || !follower->missing_ring().empty()) {
    const unique_fd now(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (now.valid() && !RingOf(now.get(), path.string()) && follower) return ReadTrace(path);
  }
  if (!follower) return tl::make_unexpected(follower.error());
  Result<TraceParts> parts = follower->PollWhole();
  if (parts && !follower->missing_ring().empty())
    parts->info.meta.emplace_back("ring_missing", follower->missing_ring());
  return BuildNamed(std::move(parts), path.string());
}

Result<Trace> ReadLiveBytes(std::span<const std::byte> bytes, const std::string& name) {
  unique_fd file(::memfd_create("lockscope recording", MFD_CLOEXEC));
  std::array<iovec, 1> part{iovec{const_cast<std::byte*>(bytes.data()), bytes.size()}};  // NOLINT: only read.
  if (!file.valid() || !WriteAt(file.get(), 0, part)) return Fail("{}: {}", name, ErrnoText(errno));
  return BuildNamed(TraceFollower::ReadAll(std::move(file), unique_fd(), name), name);
}

Result<Trace> Recover(const std::filesystem::path& path, const std::filesystem::path& out) {
  if (Result<OpenedRing> ring = OpenRing(path)) return RecoverRing(std::move(*ring), path, out);
  if (!out.empty()) return Fail("{}: is no ring: a recording is recovered where it is, without -o", path.string());
  const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return Fail("{}: cannot be opened: {}", path.string(), ErrnoText(errno));
  const Result<NamedRing> named = RingOf(file.get(), path.string());
  if (!named) {
    const Result<Trace> whole = ReadTrace(path);
    if (!whole) return whole;
    return Fail("{}: there is nothing to recover: it is {}", path.string(),
                whole->info().finished ? "finished" : "recovered already");
  }
  const Result<OpenedRing> ring = OpenRing(named->path, named->ring_id);
  // Held until it is removed: neither its writer nor another recovery is at it.
  if (ring && ::flock(ring->fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return Fail("{}: process {} is still recording to it; lockscope check reads it as it is", path.string(),
                ring->header.pid);
  }
  Result<Trace> trace =
      ring ? BuildNamed(TraceFollower::ReadAll(Copy(file.get()), Copy(ring->fd.get()), path.string()), path.string())
           : ReadLive(path);
  if (!trace) return trace;
  if (Result<void> written = WriteFinished(*trace, path); !written) return tl::make_unexpected(written.error());
  if (ring) ::unlink(named->path.c_str());
  return trace;
}

}  // namespace lockscope::trace
