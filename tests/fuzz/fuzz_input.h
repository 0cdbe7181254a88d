// FuzzInput: reads an input from its beginning, in the small pieces that a target asks for. An input that is too short goes
// on with zeros: so every input has a meaning, and a shorter one is often as good.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lockscope::fuzz {

class FuzzInput {
 public:
  explicit FuzzInput(std::span<const std::byte> bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  uint8_t Byte() {
    if (left_.empty()) return 0;
    const auto byte = std::to_integer<uint8_t>(left_.front());
    left_ = left_.subspan(1);
    return byte;
  }
  // 0 to `count` - 1.
  size_t Below(size_t count) { return Byte() % count; }
  // As many as are left, if they are fewer.
  std::span<const std::byte> Bytes(size_t count) {
    const std::span<const std::byte> taken = left_.first(std::min(count, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace lockscope::fuzz
