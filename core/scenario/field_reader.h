// FieldReader: takes values out of a JSON document and says, in one line, what is wrong with the first that does not fit:
// FILE:LINE: PLACE: what was found; what is allowed, or the nearest known name.
//
// The parts of the scenario reader share one; each of its methods returns false once something is wrong, and then error()
// has the line. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/scenario/json_tree.h"

namespace lockscope::scenario {

// A value and where in the document it stands: "clients.alice.calls[0]". The path is put together when it is asked for;
// until then a place is a link to the one around it, which must outlive it.
class Place {
 public:
  explicit Place(const JsonNode& document) : node_(document) {}
  Place(const Place& around, const JsonNode::Field& field) : node_(field.value), around_(&around), key_(field.key) {}
  Place(const Place& around, size_t index) : node_(around.node().items[index]), around_(&around), index_(index) {}

  const JsonNode& node() const { return node_; }
  std::string path() const;  // "the document" for the whole.

 private:
  const JsonNode& node_;
  const Place* around_ = nullptr;
  std::string_view key_;
  size_t index_ = 0;
};

class FieldReader {
 public:
  using Field = std::pair<std::string_view, std::function<bool(const Place&)>>;

  explicit FieldReader(std::string file) : file_(std::move(file)) {}
  const Error& error() const { return error_; }

  // These always return false, for `return Wrong(...)`.
  bool Wrong(const Place& place, std::string_view expected);
  bool Missing(const Place& object, std::string_view field, std::string_view expected);
  bool Unknown(const Place& place, std::string_view what, std::string_view name, const std::vector<std::string>& known);
  bool Refuse(const Place& place, std::string_view what);  // In words of the caller's own.

  // An object with these fields, any of them or none, and no other.
  bool Fields(const Place& place, std::initializer_list<Field> fields);
  // A list; `read` is called for each item.
  bool Items(const Place& place, size_t least, size_t most, std::string_view expected,
             const std::function<bool(const Place&)>& read);

  bool Text(const Place& place, std::string& out);  // One line.
  bool Line(const Place& place, std::string& out);  // One line that says something: not empty, not only blanks.
  bool Name(const Place& place, std::string_view what, const std::vector<std::string>& known, std::string& out);
  bool Flag(const Place& place, bool& out);
  bool Count(const Place& place, uint64_t least, uint64_t most, uint64_t& out);
  bool Count(const Place& place, int least, int most, int& out);
  bool Duration(const Place& place, int64_t& out_ns);
  bool Span(const Place& place, int64_t& out_ns);  // A duration that is not 0.

 private:
  bool Say(int line, std::string_view path, std::string_view what);

  const std::string file_;
  Error error_;
};

}  // namespace lockscope::scenario
