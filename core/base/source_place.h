// SourcePlace: the place of a call, captured by a default argument.
//
//   void lock(SourcePlace place = SourcePlace::Here());      // place is where lock() is called from
//
// std::source_location is what this would be, but clang 14 does not have it. Two words, so that it is passed in registers:
// file and line share one. (An address in user space has 48 bits on x86-64 and on AArch64; a line beyond 65,535 is cut.)
#pragma once

#include <cstdint>

namespace lockscope {

class SourcePlace {
 public:
  SourcePlace() = default;

  static SourcePlace Here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                          int line = __builtin_LINE()) {
    return {reinterpret_cast<uint64_t>(file) << 16 | static_cast<uint16_t>(line), function};
  }

  // Relative to the project's root (the build maps the prefix away).
  const char* file() const { return key_ == 0 ? "" : reinterpret_cast<const char*>(key_ >> 16); }
  const char* function() const { return function_; }
  int line() const { return static_cast<int>(key_ & 0xffff); }

  // One number for file and line: 0 is no place at all.
  uint64_t key() const { return key_; }

 private:
  SourcePlace(uint64_t key, const char* function) : key_(key), function_(function) {}

  uint64_t key_ = 0;
  const char* function_ = "";
};

}  // namespace lockscope
