#include "tests/project/seam_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lockscope::project {
namespace {

bool Covers(const std::string& place, const std::string& file) {
  return place.ends_with('/') ? file.starts_with(place) : file == place;
}

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// True where the text before position `at` shows that what stands there is no call of the system: a member, another
// namespace's function, or a declaration ("int poll(").
bool IsSomethingElse(std::string_view line, size_t at) {
  std::string_view before = line.substr(0, at);
  if (before.ends_with('.') || before.ends_with("->")) return true;
  if (before.ends_with("::")) return before.size() > 2 && IsIdentifierCharacter(before[before.size() - 3]);
  before = before.substr(0, before.find_last_not_of(' ') + 1);
  size_t start = before.size();
  while (start > 0 && IsIdentifierCharacter(before[start - 1])) --start;
  const std::string_view word = before.substr(start);
  return !word.empty() && word != "return" && word != "else" && word != "do";
}

}  // namespace

SeamRules::SeamRules(std::string_view text, const std::string& file) {
  int number = 0;
  for (const std::string& line : Lines(text)) {
    ++number;
    if (Trimmed(line).empty() || line[0] == '#') continue;
    const bool indented = line[0] == ' ';
    const size_t colon = line.find(": ");
    if (colon == std::string::npos || (indented && seams_.empty())) {
      list_findings_.push_back(fmt::format("{}:{}: neither NAME: WORDS nor, below one, FILE: REASON", file, number));
    } else if (indented) {
      seams_.back().places.push_back({Trimmed(line.substr(0, colon)), Trimmed(line.substr(colon + 2))});
    } else {
      seams_.push_back({line.substr(0, colon), Words(line.substr(colon + 2)), {}});
    }
  }
}

Findings SeamRules::Check(const SourceTree& tree) const {
  Findings findings = list_findings_;
  std::vector<std::string> files = tree.Files("core", {".h", ".cc", ".c", ".def"});
  for (const std::string& file : tree.Files("viewer", {".h", ".cc"})) files.push_back(file);

  std::set<const Place*> needed;
  for (const std::string& file : files) {
    const std::vector<std::string> lines = Lines(WithoutCommentsAndStrings(tree.Read(file)));
    for (const Seam& seam : seams_) {
      const auto place = std::find_if(seam.places.begin(), seam.places.end(),
                                      [&](const Place& candidate) { return Covers(candidate.path, file); });
      for (size_t i = 0; i < lines.size(); ++i) {
        for (const std::string& word : seam.words) {
          if (CountUses(lines[i], word) == 0) continue;
          if (place != seam.places.end()) {
            needed.insert(&*place);
          } else {
            findings.push_back(
                fmt::format("{}:{}: uses {} outside the seam \"{}\"; call through the seam, or add the "
                            "file to its block with the reason",
                            file, i + 1, word, seam.name));
          }
        }
      }
    }
  }
  for (const Seam& seam : seams_) {
    for (const Place& place : seam.places) {
      if (!needed.contains(&place)) {
        findings.push_back(fmt::format("{}: listed in the seam \"{}\" without using it", place.path, seam.name));
      }
    }
  }
  return findings;
}

int CountUses(std::string_view line, std::string_view word) {
  const bool is_call = word.ends_with('(');
  const bool is_prefix = word.ends_with('*');
  if (is_prefix) word.remove_suffix(1);
  int uses = 0;
  for (size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool starts_inside = IsIdentifierCharacter(word.front()) && at > 0 && IsIdentifierCharacter(line[at - 1]);
    const bool goes_on =
        !is_prefix && IsIdentifierCharacter(word.back()) && end < line.size() && IsIdentifierCharacter(line[end]);
    if (!starts_inside && !goes_on && !(is_call && IsSomethingElse(line, at))) ++uses;
  }
  return uses;
}

}  // namespace lockscope::project
