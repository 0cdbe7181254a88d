// JsonNode: a JSON document as a tree that knows where in the file each value stands. What nlohmann/json reads, kept with
// lines, which its own values do not have.
//
// Stricter than JSON asks for: a key that an object has twice is an error (one of the two would be lost in silence), and
// so is nesting over kDeepest, which no scenario needs and a tree's recursion could not bear. Pure; any thread. Errors are
// one line, FILE:LINE:COLUMN: what was found; what was expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace lockscope::scenario {

struct JsonNode {
  enum class Kind : uint8_t { kNull, kBoolean, kCount, kNumber, kText, kList, kObject };
  struct Field;

  Kind kind = Kind::kNull;
  int line = 1;                 // From 1; of a list or an object where it begins.
  bool truth = false;           // kBoolean.
  uint64_t count = 0;           // kCount: a whole number, not negative, of at most 64 bits. All others are kNumber.
  std::string text;             // kText; of a number, how it is written.
  std::vector<JsonNode> items;  // kList.
  std::vector<Field> fields;    // kObject, in the order of the file.

  const Field* FindField(std::string_view key) const;  // Null where there is no such field.
};

struct JsonNode::Field {
  std::string key;
  int line = 1;       // Of the key …
  size_t behind = 0;  // … and how many bytes there are up to its end.
  JsonNode value;
};

inline constexpr int kDeepest = 32;

Result<JsonNode> ParseJson(std::string_view json, const std::string& file);

// For a message: in double quotes, on one line, cut off where it is long.
std::string Quoted(std::string_view text);

}  // namespace lockscope::scenario
