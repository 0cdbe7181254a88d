#include "tests/project/text_rules.h"

#include <fmt/format.h>
#include <stdio.h>

#include <filesystem>
#include <regex>
#include <set>

namespace lockscope::project {
namespace {

// Every match of `pattern` in the given files, as findings "file:line: SAYS match".
Findings FindText(const SourceTree& tree, const std::vector<std::string>& files, const std::regex& pattern,
                  const std::string& says) {
  Findings findings;
  for (const std::string& file : files) {
    int number = 0;
    for (const std::string& line : Lines(tree.Read(file))) {
      ++number;
      std::smatch match;
      if (std::regex_search(line, match, pattern)) {
        findings.push_back(fmt::format("{}:{}: {} {}", file, number, says, match[1].str()));
      }
    }
  }
  return findings;
}

std::string Quoted(const std::string& path) { return "'" + std::regex_replace(path, std::regex("'"), "'\\''") + "'"; }

}  // namespace

// The patterns are put together from halves so that they do not find themselves.
Findings FindNotesToSelf(const SourceTree& tree) {
  static const std::regex pattern(
      "\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X|HA"
      "CK)\\b");
  return FindText(tree, tree.Files(""), pattern, "a note to self:");
}

Findings FindMachinePaths(const SourceTree& tree) {
  static const std::regex pattern(
      "(?:^|[^A-Za-z0-9_.}>*])(/(?:ho"
      "me|ro"
      "ot|Us"
      "ers|wo"
      "rk|m"
      "nt|me"
      "dia)/\\S*)");
  return FindText(tree, tree.Files(""), pattern, "a path of one machine:");
}

Findings FindDeadLinks(const SourceTree& tree) {
  static const std::regex link(R"re(\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)")re");
  static const std::regex elsewhere("^(?:[a-z]+:|#)");
  Findings findings;
  for (const std::string& file : tree.Files("", {".md"})) {
    int number = 0;
    for (const std::string& line : Lines(tree.Read(file))) {
      ++number;
      for (std::sregex_iterator it(line.begin(), line.end(), link); it != std::sregex_iterator(); ++it) {
        std::string target = (*it)[1].matched ? (*it)[1].str() : (*it)[2].str();
        if (std::regex_search(target, elsewhere)) continue;
        target = target.substr(0, target.find('#'));
        const std::filesystem::path path = std::filesystem::path(file).parent_path() / target;
        if (!tree.Exists(path))
          findings.push_back(fmt::format("{}:{}: a link to {}, which is not there", file, number, target));
      }
    }
  }
  return findings;
}

Findings FindUnknownDevCommands(const SourceTree& tree) {
  static const std::regex definition(R"(^cmd_([a-z]+)\(\))");
  static const std::regex call(R"(\./dev +([a-z]+))");
  std::set<std::string> commands;
  for (const std::string& line : Lines(tree.Read("dev"))) {
    std::smatch match;
    if (std::regex_search(line, match, definition)) commands.insert(match[1]);
  }
  Findings findings;
  for (const std::string& file : tree.Files("", {".md"})) {
    int number = 0;
    for (const std::string& line : Lines(tree.Read(file))) {
      ++number;
      for (std::sregex_iterator it(line.begin(), line.end(), call); it != std::sregex_iterator(); ++it) {
        if (!commands.contains((*it)[1])) {
          findings.push_back(fmt::format("{}:{}: ./dev {}, which is no command of dev", file, number, (*it)[1].str()));
        }
      }
    }
  }
  return findings;
}

std::vector<std::string> TopLevelNames(const SourceTree& tree) {
  std::set<std::string> names;
  const std::string command = "git -c safe.directory='*' -C " + Quoted(tree.root()) + " ls-files 2>/dev/null";
  if (FILE* listing = popen(command.c_str(), "r")) {
    char line[4096];
    while (fgets(line, sizeof line, listing) != nullptr) {
      const std::string path = Lines(line).at(0);
      names.insert(path.substr(0, path.find('/')));
    }
    pclose(listing);
  }
  if (names.empty()) {
    for (const auto& entry : std::filesystem::directory_iterator(tree.root())) {
      if (entry.path().filename() != "build") names.insert(entry.path().filename());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace lockscope::project
