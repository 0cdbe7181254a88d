// Scenario files for tests that take them apart: the shipped ones, and each with one value exchanged.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "core/scenario/json_tree.h"
#include "tests/support/run_program.h"

namespace lockscope::scenario {

// By name; the schema is none.
inline std::map<std::string, std::string> ShippedScenarios() {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(LOCKSCOPE_SCENARIOS)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.ends_with(".schema.json")) continue;
    texts[name] = testing::ReadWhole(entry.path());
  }
  return texts;
}

inline std::string JsonText(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) json += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return json + "\"";
}

// The document as JSON again, with the node `replaced`, if it is not null, written as `by`.
inline std::string Written(const JsonNode& node, const JsonNode* replaced, const std::string& by) {
  if (&node == replaced) return by;
  std::string json;
  switch (node.kind) {
    case JsonNode::Kind::kNull:
      return "null";
    case JsonNode::Kind::kBoolean:
      return node.truth ? "true" : "false";
    case JsonNode::Kind::kCount:
    case JsonNode::Kind::kNumber:
      return node.text;
    case JsonNode::Kind::kText:
      return JsonText(node.text);
    case JsonNode::Kind::kList:
      for (const JsonNode& item : node.items) json += (json.empty() ? "" : ",") + Written(item, replaced, by);
      return "[" + json + "]";
    case JsonNode::Kind::kObject:
      for (const JsonNode::Field& field : node.fields) {
        json += (json.empty() ? "" : ",\n") + JsonText(field.key) + ":" + Written(field.value, replaced, by);
      }
      return "{" + json + "}";
  }
  return "";
}

inline void ForEachNode(const JsonNode& node, const std::function<void(const JsonNode&)>& visit) {
  visit(node);
  for (const JsonNode& item : node.items) ForEachNode(item, visit);
  for (const JsonNode::Field& field : node.fields) ForEachNode(field.value, visit);
}

// Values of kinds that no field of a scenario takes.
inline const std::vector<std::string> kNeverRight = {"null",         "-1", "0.5", "[[]]", R"({"nonsense": 1})",
                                                     R"("\u0000\n")"};
// Values that some fields take.
inline const std::vector<std::string> kSometimesRight = {
    "true", "0", "18446744073709551616", "[]", "{}", R"("")", R"("x")", R"("1ms")", R"(["R1"])", R"("loop")", "7"};

// Some of them, others each time: all for every value of every file would take minutes under a sanitizer.
inline std::vector<std::string> ByTurns(const std::vector<std::string>& values, size_t turn, size_t count) {
  std::vector<std::string> some;
  for (size_t i = 0; i < count; ++i) some.push_back(values[(turn * count + i) % values.size()]);
  return some;
}

}  // namespace lockscope::scenario
