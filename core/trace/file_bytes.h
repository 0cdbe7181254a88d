// Whole reads and writes at a place of a file. Any thread.
#pragma once

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockscope::trace {

template <typename T>
std::span<const std::byte> BytesOf(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

constexpr size_t RoundUp(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// How many of the bytes were there: less than asked for at the end of the file, and on an error, with errno.
inline size_t ReadAt(int fd, uint64_t at, void* to, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t got = ::pread(fd, static_cast<std::byte*>(to) + done, bytes - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

// All of them, one behind the other, or false and errno. Changes the parts.
inline bool WriteAt(int fd, uint64_t at, std::span<iovec> parts) {
  while (!parts.empty()) {
    if (parts.front().iov_len == 0) {
      parts = parts.subspan(1);
      continue;
    }
    ssize_t left = ::pwritev(fd, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(at));
    if (left < 0 && errno == EINTR) continue;
    if (left < 0) return false;
    at += static_cast<uint64_t>(left);
    for (iovec& part : parts) {
      const size_t step = static_cast<size_t>(left) < part.iov_len ? static_cast<size_t>(left) : part.iov_len;
      part.iov_base = static_cast<std::byte*>(part.iov_base) + step;
      part.iov_len -= step;
      left -= static_cast<ssize_t>(step);
    }
  }
  return true;
}

}  // namespace lockscope::trace
