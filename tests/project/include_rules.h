// What a file uses of the language's library it includes: itself, or through headers of ours that it includes. The builds
// read the usual headers ahead of every file, so that no compiler would miss one.
//
// The list is tests/includes.txt: a line is "HEADERS: NAMES", as in "vector: std::vector"; any of its headers will do, and "-"
// is none: the name comes with what it is used on. A name that ends in * stands for all that begin so; of several that fit,
// the longest counts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/project/source_tree.h"

namespace lockscope::project {

class IncludeRules {
 public:
  // What is wrong with the list itself becomes findings, under the name of `file`.
  IncludeRules(std::string_view text, const std::string& file);

  // Every breach in the tree's core/ and viewer/; every name of the library there that the list lacks; every line of the
  // list that nothing needs.
  Findings Check(const SourceTree& tree) const;

 private:
  using Headers = std::set<std::string>;

  // Null where the list lacks it.
  const std::vector<std::string>* HeadersOf(const std::string& name) const;
  // All headers of the library that come with `file`, which is ours.
  const Headers& IncludedBy(const SourceTree& tree, const std::string& file,
                            std::map<std::string, Headers>* known) const;

  Findings list_findings_;
  std::string list_;
  std::map<std::string, std::vector<std::string>> headers_of_;  // By name, with its *.
};

}  // namespace lockscope::project
