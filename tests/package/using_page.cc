#include "tests/package/using_page.h"

#include <regex>
#include <sstream>

namespace lockscope::package {

std::vector<Part> ReadUsingPage(std::string_view markdown) {
  static const std::regex names_file("^`([A-Za-z_./]+)`:$");
  std::vector<Part> parts;
  std::istringstream in{std::string(markdown)};
  std::string line, file;
  int number = 0;
  while (std::getline(in, line)) {
    ++number;
    std::smatch match;
    if (std::regex_match(line, match, names_file)) {
      file = match[1];
      continue;
    }
    if (!line.starts_with("```")) {
      if (!line.empty()) file.clear();
      continue;
    }
    const std::string kind = line.substr(3);
    Part part{number + 1, kind == "sh" ? "" : file, {}};
    while (std::getline(in, line)) {
      ++number;
      if (line == "```") break;
      part.lines.push_back(line);
    }
    if (kind == "sh" || kind == "cpp" || kind == "cmake") parts.push_back(std::move(part));
    file.clear();
  }
  return parts;
}

}  // namespace lockscope::package
