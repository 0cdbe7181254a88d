#include "core/trace/live_out.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

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

bool LiveOut::Append(std::span<const Section> sections) {
  static constexpr std::array<std::byte, format::kLiveAlignment> kPadding{};
  std::vector<SectionHeader> headers;
  headers.reserve(sections.size());  // The parts point to them.
  std::vector<iovec> parts;
  parts.reserve(4 * sections.size());
  uint64_t end = end_;
  for (const Section& section : sections) {
    const size_t size = section.head.size() + section.body.size();
    const size_t capacity = RoundUp(size, format::kLiveAlignment);
    headers.push_back({static_cast<uint32_t>(section.type), section.id, capacity, size, 0});
    for (const std::span<const std::byte> part :
         {BytesOf(headers.back()), section.head, section.body, std::span(kPadding).first(capacity - size)}) {
      parts.push_back(PartOf(part));
    }
    end += sizeof(SectionHeader) + capacity;
  }
  MakeRoom(end);
  // The first header goes last: until it is there, the file ends before these sections.
  std::array<iovec, 1> first{parts.front()};
  if (WriteAt(fd_, end_ + sizeof(SectionHeader), std::span(parts).subspan(1)) && WriteAt(fd_, end_, first)) {
    end_ = end;
    return true;
  }
  // What stands there by now must not be taken for sections behind a shorter one that fits.
  const int error = errno;
  TakeBack();
  errno = error;
  return false;
}

}  // namespace lockscope::trace
