// Which folder may include what: the list of tests/layers.txt, and the check of a tree against it.
//
// A line is "FOLDER: FOLDERS" (lowest layer first, each may name only folders above it in the list, so that the layers
// have no cycle) or "<HEADER>: FOLDERS", where HEADER may end in *, several headers may stand before the colon, and
// "anywhere" stands for every folder. A header without a dot or a slash (<vector>) belongs to the language and is free.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/project/source_tree.h"

namespace lockscope::project {

class LayerRules {
 public:
  // Reads the list. What is wrong with the list itself becomes findings, under the name of `file`.
  LayerRules(std::string_view text, const std::string& file);

  // Every breach in the tree's core/ and viewer/, and in the list.
  Findings Check(const SourceTree& tree) const;

 private:
  struct HeaderRule {
    std::string pattern;  // "imgui.h", "nlohmann/*"
    std::set<std::string> folders;
  };

  void CheckFile(const SourceTree& tree, const std::string& file, Findings* findings) const;
  // What is wrong with `folder` including `header`, or nothing.
  std::string CheckInclude(const std::string& folder, const std::string& header, bool angled) const;

  Findings list_findings_;
  std::vector<std::string> folders_;                          // In the order of the list.
  std::map<std::string, std::set<std::string>> may_include_;  // By folder.
  std::vector<HeaderRule> header_rules_;
};

}  // namespace lockscope::project
