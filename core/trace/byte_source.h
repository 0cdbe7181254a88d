// ByteSource: the bytes of a trace file, whether they lie in memory or in a file. A file is read, not mapped: one that
// somebody cuts off meanwhile would end the program with SIGBUS. One thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace lockscope::trace {

class ByteSource {
 public:
  explicit ByteSource(std::span<const std::byte> bytes) : memory_(bytes), size_(bytes.size()) {}
  static Result<ByteSource> Open(const std::filesystem::path& path);

  size_t size() const { return size_; }
  // Exactly `bytes` of them from there; false where they are not there, or cannot be read.
  bool Read(size_t at, void* to, size_t bytes) const;

 private:
  ByteSource(unique_fd file, size_t size) : file_(std::move(file)), size_(size) {}
  unique_fd file_;  // Invalid where the bytes lie in memory.
  std::span<const std::byte> memory_;
  size_t size_;
};

}  // namespace lockscope::trace
