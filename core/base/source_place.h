// SourcePlace: the place of a call, captured by a default argument.
//
//   void lock(SourcePlace place = SourcePlace::Here());      // place is where lock() is called from
//
// std::source_location is what this would be, but clang 14 does not have it.
#pragma once

namespace lockscope {

struct SourcePlace {
  const char* file = "";  // Relative to the project's root (the build maps the prefix away).
  const char* function = "";
  int line = 0;

  static constexpr SourcePlace Here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                                    int line = __builtin_LINE()) {
    return {file, function, line};
  }
};

}  // namespace lockscope
