#include "tests/project/include_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

namespace lockscope::project {

IncludeRules::IncludeRules(std::string_view text, const std::string& file) : list_(file) {
  int number = 0;
  for (const std::string& line : Lines(text)) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) {
      list_findings_.push_back(fmt::format("{}:{}: no colon; a line is HEADERS: NAMES", file, number));
      continue;
    }
    for (const std::string& name : Words(std::string_view(line).substr(colon + 2))) {
      if (headers_of_.emplace(name, Words(std::string_view(line).substr(0, colon))).second) continue;
      list_findings_.push_back(fmt::format("{}:{}: {} stands there twice", file, number, name));
    }
  }
}

const std::vector<std::string>* IncludeRules::HeadersOf(const std::string& name) const {
  if (const auto whole = headers_of_.find(name); whole != headers_of_.end()) return &whole->second;
  for (size_t size = name.size(); size > 0; --size) {
    const auto beginning = headers_of_.find(name.substr(0, size) + "*");
    if (beginning != headers_of_.end()) return &beginning->second;
    // A member of it: std::string::npos.
    if (!name.substr(size).starts_with("::")) continue;
    if (const auto outer = headers_of_.find(name.substr(0, size)); outer != headers_of_.end()) return &outer->second;
  }
  return nullptr;
}

const IncludeRules::Headers& IncludeRules::IncludedBy(const SourceTree& tree, const std::string& file,
                                                      std::map<std::string, Headers>* known) const {
  static const std::regex kInclude(R"(^#include ([<"])([^>"]+)[>"])");
  const auto [place, is_new] = known->try_emplace(file);
  if (!is_new) return place->second;
  Headers headers;
  for (const std::string& line : Lines(tree.Read(file))) {
    std::smatch parts;
    if (!std::regex_search(line, parts, kInclude)) continue;
    if (parts[1] == "<") {
      headers.insert(parts[2]);
    } else {
      headers.merge(Headers(IncludedBy(tree, parts[2], known)));
    }
  }
  return (*known)[file] = headers;
}

Findings IncludeRules::Check(const SourceTree& tree) const {
  static const std::regex kName(R"(\b(std|fmt|tl)(::\w+)+)");
  Findings findings = list_findings_;
  std::map<std::string, Headers> known;
  std::set<std::string> needed;
  for (const std::string top : {"core", "viewer"}) {
    for (const std::string& file : tree.Files(top, {".h", ".cc"})) {
      std::set<std::string> said;
      int number = 0;
      for (const std::string& line : Lines(WithoutCommentsAndStrings(tree.Read(file)))) {
        ++number;
        for (std::sregex_iterator found(line.begin(), line.end(), kName), end; found != end; ++found) {
          const std::string name = found->str();
          const std::vector<std::string>* const headers = HeadersOf(name);
          if (headers == nullptr) {
            findings.push_back(
                fmt::format("{}:{}: {}: {} does not say which header has it", file, number, name, list_));
            continue;
          }
          const std::string& usual = headers->front();
          needed.insert(usual);
          const Headers& included = IncludedBy(tree, file, &known);
          const auto is_there = [&included](const std::string& header) {
            return header == "-" || included.contains(header);
          };
          if (std::ranges::any_of(*headers, is_there) || !said.insert(usual).second) continue;
          findings.push_back(fmt::format("{}:{}: {} without #include <{}>", file, number, name, usual));
        }
      }
    }
  }
  for (const auto& [name, headers] : headers_of_) {
    if (!needed.insert(headers.front()).second) continue;
    findings.push_back(fmt::format("{}: nothing needs <{}>", list_, headers.front()));
  }
  return findings;
}

}  // namespace lockscope::project
