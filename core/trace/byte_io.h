// ByteWriter and ByteReader: fields of a trace file to bytes and back. A reader never looks past its end: once a field
// did not fit, ok() is false and every later field is zero. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockscope::trace {

class ByteWriter {
 public:
  void U32(uint32_t value) { Raw(&value, sizeof value); }
  void U64(uint64_t value) { Raw(&value, sizeof value); }
  void Text(std::string_view text) {
    U32(static_cast<uint32_t>(text.size()));
    Raw(text.data(), text.size());
  }
  void Raw(const void* data, size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  void PadTo(size_t multiple) { bytes_.resize((bytes_.size() + multiple - 1) / multiple * multiple); }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  uint32_t U32() { return Number<uint32_t>(); }
  uint64_t U64() { return Number<uint64_t>(); }
  std::string Text() {
    const uint32_t size = U32();
    if (!ok_ || size > bytes_.size() - at_) return Failed(), std::string();
    std::string text(reinterpret_cast<const char*>(bytes_.data()) + at_, size);
    at_ += size;
    return text;
  }
  bool ok() const { return ok_; }
  bool AtEnd() const { return at_ == bytes_.size(); }
  size_t offset() const { return at_; }

 private:
  template <typename T>
  T Number() {
    T value{};
    if (!ok_ || sizeof value > bytes_.size() - at_) return Failed(), value;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  void Failed() { ok_ = false; }

  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace lockscope::trace
