// JsonSchema: a judge of documents by a JSON schema (draft-07), for the keywords that our schema uses and no others: a
// keyword that it does not know ends the program, so that none is passed over in silence. One thread.
#pragma once

#include <map>
#include <regex>
#include <string>

#include "core/scenario/json_tree.h"

namespace lockscope::testing {

class JsonSchema {
 public:
  explicit JsonSchema(scenario::JsonNode root) : root_(std::move(root)) {}
  const scenario::JsonNode& root() const { return root_; }

  // The first thing that is wrong, or "".
  std::string Complaint(const scenario::JsonNode& document) { return Judge(root_, document, ""); }
  // The same by a part of the schema: Complaint(Part("/definitions/until"), value).
  std::string Complaint(const scenario::JsonNode& schema, const scenario::JsonNode& value) {
    return Judge(schema, value, "");
  }
  // "/definitions/client/properties"; ends the program where there is nothing. A list's items go by their numbers.
  const scenario::JsonNode& Part(std::string_view pointer) const;

 private:
  using Node = scenario::JsonNode;

  std::string Judge(const Node& schema, const Node& value, const std::string& path);
  std::string JudgeKeyword(const Node& schema, const std::string& keyword, const Node& argument, const Node& value,
                           const std::string& path);
  std::string JudgeObject(const Node& schema, const std::string& keyword, const Node& argument, const Node& value,
                          const std::string& path);
  std::string JudgeList(const std::string& keyword, const Node& argument, const Node& value, const std::string& path);
  bool Matches(const std::string& pattern, const std::string& text);

  const Node root_;
  std::map<std::string, std::regex> patterns_;
};

}  // namespace lockscope::testing
