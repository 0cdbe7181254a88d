#include "tests/support/json_schema.h"

#include <algorithm>
#include <set>

#include "core/base/check.h"

namespace lockscope::testing {
namespace {

using scenario::JsonNode;
using Kind = JsonNode::Kind;

bool IsOfType(const JsonNode& value, const std::string& type) {
  switch (value.kind) {
    case Kind::kNull:
      return type == "null";
    case Kind::kBoolean:
      return type == "boolean";
    case Kind::kCount:
      return type == "integer" || type == "number";
    case Kind::kNumber:
      return type == "number" || (type == "integer" && value.text.find('.') == std::string::npos);
    case Kind::kText:
      return type == "string";
    case Kind::kList:
      return type == "array";
    case Kind::kObject:
      return type == "object";
  }
  return false;
}

bool IsSame(const JsonNode& a, const JsonNode& b) {
  LS_CHECK(a.items.empty() && a.fields.empty(), "only simple values are compared");
  return a.kind == b.kind && a.truth == b.truth && a.text == b.text && b.items.empty() && b.fields.empty();
}

double NumberOf(const JsonNode& value) { return std::stod(value.text); }
size_t Size(const JsonNode& value) { return value.kind == Kind::kObject ? value.fields.size() : value.items.size(); }

std::string Says(const std::string& path, const std::string& keyword) {
  return (path.empty() ? "the document" : path) + ": " + keyword;
}

}  // namespace

const JsonNode& JsonSchema::Part(std::string_view pointer) const {
  const JsonNode* node = &root_;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string name(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(name.size());
    if (node->kind == Kind::kList) {
      node = &node->items.at(std::stoul(name));
      continue;
    }
    const JsonNode::Field* field = node->FindField(name);
    LS_CHECK(field != nullptr, "the schema has no {}", name);
    node = &field->value;
  }
  return *node;
}

bool JsonSchema::Matches(const std::string& pattern, const std::string& text) {
  const auto [found, is_new] = patterns_.try_emplace(pattern);
  if (is_new) found->second = std::regex(pattern, std::regex::ECMAScript);
  return std::regex_search(text, found->second);
}

std::string JsonSchema::Judge(const Node& schema, const Node& value, const std::string& path) {
  if (schema.kind == Kind::kBoolean) return schema.truth ? "" : Says(path, "nothing is allowed here");
  if (const Node::Field* reference = schema.FindField("$ref")) {  // What stands beside it does not count in draft-07.
    LS_CHECK(reference->value.text.starts_with("#/"), "a reference into another file");
    return Judge(Part(reference->value.text.substr(1)), value, path);
  }
  for (const Node::Field& field : schema.fields) {
    if (std::string complaint = JudgeKeyword(schema, field.key, field.value, value, path); !complaint.empty())
      return complaint;
  }
  return "";
}

std::string JsonSchema::JudgeKeyword(const Node& schema, const std::string& keyword, const Node& argument,
                                     const Node& value, const std::string& path) {
  static const std::set<std::string> kNotes = {"$schema", "$id", "title", "description", "default", "definitions"};
  static const std::set<std::string> kOfObjects = {"properties",  "patternProperties", "additionalProperties",
                                                   "required",    "propertyNames",     "minProperties",
                                                   "dependencies"};
  static const std::set<std::string> kOfLists = {"items", "minItems", "maxItems", "uniqueItems"};
  if (kNotes.contains(keyword)) return "";
  if (kOfObjects.contains(keyword)) {
    return value.kind == Kind::kObject ? JudgeObject(schema, keyword, argument, value, path) : "";
  }
  if (kOfLists.contains(keyword)) return value.kind == Kind::kList ? JudgeList(keyword, argument, value, path) : "";

  const auto fits = [&](const Node& part) { return Judge(part, value, path).empty(); };
  bool good = true;
  const bool is_number = value.kind == Kind::kCount || value.kind == Kind::kNumber;
  if (keyword == "type") {
    good = IsOfType(value, argument.text);
  } else if (keyword == "const") {
    good = IsSame(argument, value);
  } else if (keyword == "enum") {
    good = std::ranges::any_of(argument.items, [&](const Node& one) { return IsSame(one, value); });
  } else if (keyword == "pattern") {
    good = value.kind != Kind::kText || Matches(argument.text, value.text);
  } else if (keyword == "minimum") {
    good = !is_number || NumberOf(value) >= NumberOf(argument);
  } else if (keyword == "maximum") {
    good = !is_number || NumberOf(value) <= NumberOf(argument);
  } else if (keyword == "not") {
    good = !fits(argument);
  } else if (keyword == "anyOf") {
    good = std::ranges::any_of(argument.items, fits);
  } else if (keyword == "oneOf") {
    good = std::ranges::count_if(argument.items, fits) == 1;
  } else if (keyword == "allOf") {
    for (const Node& part : argument.items) {
      if (std::string complaint = Judge(part, value, path); !complaint.empty()) return complaint;
    }
  } else {
    LS_CHECK(false, "the keyword {} is not known to this judge", keyword);
  }
  return good ? "" : Says(path, keyword);
}

std::string JsonSchema::JudgeObject(const Node& schema, const std::string& keyword, const Node& argument,
                                    const Node& value, const std::string& path) {
  if (keyword == "minProperties") return Size(value) >= argument.count ? "" : Says(path, keyword);
  if (keyword == "required") {
    for (const Node& name : argument.items) {
      if (value.FindField(name.text) == nullptr) return Says(path, "required: " + name.text);
    }
    return "";
  }
  if (keyword == "dependencies") {
    for (const Node::Field& dependency : argument.fields) {
      if (value.FindField(dependency.key) == nullptr) continue;
      for (const Node& name : dependency.value.items) {
        if (value.FindField(name.text) == nullptr) return Says(path, "dependencies: " + name.text);
      }
    }
    return "";
  }
  const Node::Field* properties = schema.FindField("properties");
  const Node::Field* patterns = schema.FindField("patternProperties");
  for (const Node::Field& field : value.fields) {
    const std::string at = path.empty() ? field.key : path + "." + field.key;
    std::string complaint;
    if (keyword == "propertyNames") {
      Node name;
      name.kind = Kind::kText;
      name.text = field.key;
      complaint = Judge(argument, name, at);
    } else if (keyword == "properties") {
      const Node::Field* property = argument.FindField(field.key);
      if (property != nullptr) complaint = Judge(property->value, field.value, at);
    } else if (keyword == "patternProperties") {
      for (const Node::Field& pattern : argument.fields) {
        if (complaint.empty() && Matches(pattern.key, field.key)) complaint = Judge(pattern.value, field.value, at);
      }
    } else {  // additionalProperties
      const bool is_named = properties != nullptr && properties->value.FindField(field.key) != nullptr;
      const bool is_matched =
          patterns != nullptr && std::ranges::any_of(patterns->value.fields, [&](const Node::Field& pattern) {
            return Matches(pattern.key, field.key);
          });
      if (!is_named && !is_matched) complaint = Judge(argument, field.value, at);
    }
    if (!complaint.empty()) return complaint;
  }
  return "";
}

std::string JsonSchema::JudgeList(const std::string& keyword, const Node& argument, const Node& value,
                                  const std::string& path) {
  if (keyword == "minItems") return Size(value) >= argument.count ? "" : Says(path, keyword);
  if (keyword == "maxItems") return Size(value) <= argument.count ? "" : Says(path, keyword);
  if (keyword == "uniqueItems") {
    std::set<std::string> seen;
    const bool unique =
        std::ranges::all_of(value.items, [&](const Node& item) { return seen.insert(item.text).second; });
    return unique ? "" : Says(path, keyword);
  }
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (std::string complaint = Judge(argument, value.items[i], fmt::format("{}[{}]", path, i)); !complaint.empty()) {
      return complaint;
    }
  }
  return "";
}

}  // namespace lockscope::testing
