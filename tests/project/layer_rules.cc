#include "tests/project/layer_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>

namespace lockscope::project {
namespace {

// "core/trace" of "core/trace/event.h": a layer is a folder of the second level, with all below it.
std::string LayerOf(const std::string& path) {
  const size_t second = path.find('/', path.find('/') + 1);
  return second == std::string::npos ? "" : path.substr(0, second);
}

bool Matches(const std::string& pattern, const std::string& header) {
  return pattern.ends_with('*') ? header.starts_with(pattern.substr(0, pattern.size() - 1)) : header == pattern;
}

std::string ListOrNone(const std::set<std::string>& names) {
  return names.empty() ? "nothing of ours" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

LayerRules::LayerRules(std::string_view text, const std::string& file) {
  int number = 0;
  for (std::string line : Lines(text)) {
    ++number;
    line = line.substr(0, line.find('#'));
    if (Words(line).empty()) continue;
    const auto complain = [&](const std::string& what) {
      list_findings_.push_back(fmt::format("{}:{}: {}", file, number, what));
    };
    const size_t colon = line.find(':');
    if (colon == std::string::npos) {
      complain("no colon; a line is FOLDER: FOLDERS or <HEADER>: FOLDERS");
      continue;
    }
    const std::vector<std::string> names = Words(line.substr(0, colon));
    const std::vector<std::string> allowed = Words(line.substr(colon + 1));
    if (names.empty()) {
      complain("nothing stands before the colon");
    } else if (names[0].starts_with('<')) {
      for (const std::string& name : names) {
        header_rules_.push_back({name.substr(1, name.size() - 2), {allowed.begin(), allowed.end()}});
      }
    } else {
      for (const std::string& below : allowed) {
        if (!may_include_.contains(below)) complain(fmt::format("{} is not a layer below {}", below, names[0]));
      }
      folders_.push_back(names[0]);
      may_include_[names[0]] = {allowed.begin(), allowed.end()};
    }
  }
  for (const HeaderRule& rule : header_rules_) {
    for (const std::string& folder : rule.folders) {
      if (folder != "anywhere" && !may_include_.contains(folder)) {
        list_findings_.push_back(
            fmt::format("{}: <{}> is allowed in {}, which is no layer", file, rule.pattern, folder));
      }
    }
  }
}

Findings LayerRules::Check(const SourceTree& tree) const {
  Findings findings = list_findings_;
  for (const std::string top : {"core", "viewer"}) {
    for (const std::string& folder : tree.Folders(top)) {
      if (!may_include_.contains(folder)) findings.push_back(folder + ": a folder that the list of layers lacks");
    }
    for (const std::string& file : tree.Files(top, {".h", ".cc", ".c", ".def", ".inc"})) {
      CheckFile(tree, file, &findings);
    }
  }
  for (const std::string& folder : folders_) {
    if (!tree.Exists(folder)) findings.push_back(folder + ": in the list of layers, but there is no such folder");
  }
  return findings;
}

void LayerRules::CheckFile(const SourceTree& tree, const std::string& file, Findings* findings) const {
  static const std::regex include_line(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)re");
  int number = 0;
  for (const std::string& line : Lines(tree.Read(file))) {
    ++number;
    std::smatch match;
    if (!std::regex_match(line, match, include_line)) continue;
    const std::string problem = CheckInclude(LayerOf(file), match[2], match[1] == "<");
    if (!problem.empty()) {
      findings->push_back(fmt::format("{}:{}: includes {}; {}", file, number, match[2].str(), problem));
    }
  }
}

std::string LayerRules::CheckInclude(const std::string& folder, const std::string& header, bool angled) const {
  if (header.starts_with("core/") || header.starts_with("viewer/")) {
    const std::string layer = LayerOf(header);
    const auto rule = may_include_.find(folder);
    if (layer == folder || (rule != may_include_.end() && rule->second.contains(layer))) return "";
    return fmt::format("{} may include {}", folder.empty() ? "this place" : folder,
                       ListOrNone(rule == may_include_.end() ? std::set<std::string>{} : rule->second));
  }
  if (angled && header.find_first_of("./") == std::string::npos) return "";
  const auto rule = std::find_if(header_rules_.begin(), header_rules_.end(),
                                 [&](const HeaderRule& candidate) { return Matches(candidate.pattern, header); });
  if (rule == header_rules_.end())
    return "a header that the list of layers lacks (ours are included by their path from the root)";
  if (rule->folders.contains("anywhere") || rule->folders.contains(folder)) return "";
  return fmt::format("it is for {} alone", ListOrNone(rule->folders));
}

}  // namespace lockscope::project
