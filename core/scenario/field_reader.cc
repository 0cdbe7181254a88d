#include "core/scenario/field_reader.h"

#include <algorithm>

#include "core/base/printable.h"
#include "core/scenario/known_calls.h"
#include "core/scenario/scenario_reader.h"

namespace lockscope::scenario {
namespace {

constexpr size_t kNamesInAList = 16;

std::string Described(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::kNull:
      return "null";
    case JsonNode::Kind::kBoolean:
      return node.truth ? "true" : "false";
    case JsonNode::Kind::kCount:
    case JsonNode::Kind::kNumber:
      return "the number " + node.text.substr(0, 40);
    case JsonNode::Kind::kText:
      return "the text " + Quoted(node.text);
    case JsonNode::Kind::kList:
      return node.items.empty() ? "an empty list" : "a list";
    case JsonNode::Kind::kObject:
      return "an object";
  }
  return "";
}

// A key as it stands in a path: in quotes where it would tear the path or the line.
std::string PathWord(std::string_view key) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '%' || c == '$';
  };
  return !key.empty() && key.size() <= 40 && std::ranges::all_of(key, is_plain) ? std::string(key) : Quoted(key);
}

std::string Listed(const std::vector<std::string>& names) {
  if (names.size() <= kNamesInAList) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + kNamesInAList, ", "),
                     names.size() - kNamesInAList);
}

std::string UnknownName(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
  // Names like R1 to R8 are all alike: none is nearer than the others.
  const bool alike = std::ranges::all_of(known, [](const std::string& one) { return one.size() <= 2; });
  const std::string nearest = alike ? "" : NearestName(name, known);
  const std::string hint =
      nearest.empty() ? fmt::format("known are {}", Listed(known)) : fmt::format("did you mean '{}'?", nearest);
  const std::string quoted = Quoted(name);  // In single quotes here, as names stand in messages.
  return fmt::format("unknown {} '{}'; {}", what, std::string_view(quoted).substr(1, quoted.size() - 2), hint);
}

}  // namespace

std::string Place::path() const {
  if (around_ == nullptr) return "the document";
  const std::string before = around_->around_ == nullptr ? "" : around_->path();
  if (around_->node().kind == JsonNode::Kind::kList) return fmt::format("{}[{}]", before, index_);
  return before.empty() ? PathWord(key_) : fmt::format("{}.{}", before, PathWord(key_));
}

bool FieldReader::Say(int line, std::string_view path, std::string_view what) {
  error_ = {fmt::format("{}:{}: {}: {}", file_, line, path, what)};
  return false;
}

bool FieldReader::Refuse(const Place& place, std::string_view what) {
  return Say(place.node().line, place.path(), what);
}

bool FieldReader::Wrong(const Place& place, std::string_view expected) {
  return Refuse(place, fmt::format("found {}; {} was expected", Described(place.node()), expected));
}

bool FieldReader::Missing(const Place& object, std::string_view field, std::string_view expected) {
  return Refuse(object, fmt::format("no field '{}'; {} was expected", field, expected));
}

bool FieldReader::Unknown(const Place& place, std::string_view what, std::string_view name,
                          const std::vector<std::string>& known) {
  return Refuse(place, UnknownName(what, name, known));
}

bool FieldReader::Fields(const Place& place, std::initializer_list<Field> fields) {
  if (place.node().kind != JsonNode::Kind::kObject) return Wrong(place, "an object");
  for (const JsonNode::Field& given : place.node().fields) {
    const auto field = std::ranges::find(fields, given.key, &Field::first);
    if (field == fields.end()) {
      std::vector<std::string> known;
      for (const Field& one : fields) known.emplace_back(one.first);
      return Say(given.line, place.path(), UnknownName("field", given.key, known));
    }
    if (!field->second(Place(place, given))) return false;
  }
  return true;
}

bool FieldReader::Items(const Place& place, size_t least, size_t most, std::string_view expected,
                        const std::function<bool(const Place&)>& read) {
  const std::vector<JsonNode>& items = place.node().items;
  if (place.node().kind != JsonNode::Kind::kList || items.size() < least) return Wrong(place, expected);
  if (items.size() > most)
    return Refuse(place, fmt::format("found a list of {}; at most {} were expected", items.size(), most));
  for (size_t i = 0; i < items.size(); ++i) {
    if (!read(Place(place, i))) return false;
  }
  return true;
}

bool FieldReader::Text(const Place& place, std::string& out) {
  if (place.node().kind != JsonNode::Kind::kText) return Wrong(place, "a text");
  out = place.node().text;
  return std::ranges::none_of(out, IsControl) ||
         Wrong(place, "a text without line breaks, tabs and other control characters");
}

bool FieldReader::Line(const Place& place, std::string& out) {
  if (!Text(place, out)) return false;
  return out.find_first_not_of(' ') != std::string::npos || Wrong(place, "a text that says something");
}

bool FieldReader::Name(const Place& place, std::string_view what, const std::vector<std::string>& known,
                       std::string& out) {
  if (place.node().kind != JsonNode::Kind::kText) return Wrong(place, fmt::format("a {}'s name", what));
  out = place.node().text;
  return std::ranges::find(known, out) != known.end() || Unknown(place, what, out, known);
}

bool FieldReader::Flag(const Place& place, bool& out) {
  if (place.node().kind != JsonNode::Kind::kBoolean) return Wrong(place, "true or false");
  out = place.node().truth;
  return true;
}

bool FieldReader::Count(const Place& place, uint64_t least, uint64_t most, uint64_t& out) {
  const JsonNode& node = place.node();
  if (node.kind != JsonNode::Kind::kCount || node.count < least || node.count > most) {
    return Wrong(place, fmt::format("a whole number from {} to {}", least, most));
  }
  out = node.count;
  return true;
}

bool FieldReader::Count(const Place& place, int least, int most, int& out) {
  uint64_t count = 0;
  if (!Count(place, static_cast<uint64_t>(least), static_cast<uint64_t>(most), count)) return false;
  out = static_cast<int>(count);
  return true;
}

bool FieldReader::Duration(const Place& place, int64_t& out_ns) {
  if (place.node().kind != JsonNode::Kind::kText) return Wrong(place, "a duration like \"40ms\"");
  const Result<int64_t> ns = ParseDuration(place.node().text);
  if (!ns) return Refuse(place, ns.error().message);
  out_ns = *ns;
  return true;
}

bool FieldReader::Span(const Place& place, int64_t& out_ns) {
  return Duration(place, out_ns) && (out_ns > 0 || Wrong(place, "a duration longer than nothing"));
}

}  // namespace lockscope::scenario
