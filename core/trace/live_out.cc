#include "core/trace/live_out.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/trace/file_bytes.h"

namespace lockscope::trace {
namespace {

using format::SectionHeader;

constexpr uint64_t kMegabyte = uint64_t{1} << 20;

iovec PartOf(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};  // NOLINT: pwritev only reads.
}

// There, room is memory, and asking for it takes as long as writing to it.
bool IsMemory(int fd) {
  struct statfs status {};
  return ::fstatfs(fd, &status) != 0 || status.f_type == TMPFS_MAGIC;
}

}  // namespace

LiveOut::LiveOut(int fd) : fd_(fd), asks_for_room_(!IsMemory(fd)) {}

bool LiveOut::WriteStart(const format::FileHeader& header) {
  std::array<iovec, 1> parts{PartOf(BytesOf(header))};
  return WriteAt(fd_, 0, parts);
}

// A quarter of what is there already; small files go without. A disk that is getting full is left alone: what stands here others
// cannot have, and a request that fails may have taken all that was left.
void LiveOut::MakeRoom(uint64_t end) {
  if (!asks_for_room_ || end < kMegabyte || end <= room_until_) return;
  const uint64_t from = std::max(room_until_, end_);
  const uint64_t bytes = end - from + std::clamp(end / 4, kMegabyte, 64 * kMegabyte);
  struct statvfs disk {};
  if (::fstatvfs(fd_, &disk) != 0 || disk.f_bavail * disk.f_frsize / 8 < bytes) return;
  if (::fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from), static_cast<off_t>(bytes)) == 0) {
    room_until_ = from + bytes;
    return;
  }
  asks_for_room_ = errno == EINTR;
  TakeBack();
}

void LiveOut::TakeBack() {
  (void)!::ftruncate(fd_, static_cast<off_t>(end_));
  room_until_ = 0;
}

void LiveOut::GiveBackRoom() {
  if (room_until_ > end_) TakeBack();
}

bool LiveOut::Append(format::LiveSection type, uint32_t id, std::span<const std::byte> head,
                     std::span<const std::byte> body) {
  static constexpr std::array<std::byte, format::kLiveAlignment> kPadding{};
  const size_t size = head.size() + body.size();
  const size_t capacity = RoundUp(size, format::kLiveAlignment);
  const SectionHeader header{static_cast<uint32_t>(type), id, capacity, size, 0};
  MakeRoom(end_ + sizeof header + capacity);
  std::array<iovec, 3> payload{PartOf(head), PartOf(body), PartOf(std::span(kPadding).first(capacity - size))};
  std::array<iovec, 1> front{PartOf(BytesOf(header))};
  // The header goes last: until it is there, the file ends before this section.
  if (WriteAt(fd_, end_ + sizeof header, payload) && WriteAt(fd_, end_, front)) {
    end_ += sizeof header + capacity;
    return true;
  }
  // What stands there by now must not be taken for sections behind a shorter one that fits.
  const int error = errno;
  TakeBack();
  errno = error;
  return false;
}

}  // namespace lockscope::trace
