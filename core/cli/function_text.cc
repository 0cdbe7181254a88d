#include "core/cli/function_text.h"

#include <cctype>

namespace lockscope::cli {
namespace {

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool IsNameCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }

// Whether a definition of `name` begins on this line: "Name(" as a whole word, in a line that begins with code.
bool Begins(std::string_view line, std::string_view name) {
  if (line.empty() || !IsNameCharacter(line[0])) return false;
  for (size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const bool whole_word = at == 0 || !IsNameCharacter(line[at - 1]);
    if (whole_word && line.substr(at + name.size()).starts_with('(')) return true;
  }
  return false;
}

}  // namespace

std::optional<FunctionText> FindFunction(std::string_view source, std::string_view name) {
  const std::vector<std::string_view> lines = Lines(source);
  for (size_t begin = 0; begin < lines.size(); ++begin) {
    if (!Begins(lines[begin], name)) continue;
    FunctionText found{static_cast<int>(begin) + 1, {}};
    for (size_t i = begin; i < lines.size(); ++i) {
      found.lines.emplace_back(lines[i]);
      const bool on_one_line = i == begin && lines[i].ends_with('}');
      if (on_one_line || lines[i].starts_with('}')) return found;
      // A declaration ends here, and something else follows.
      if (i == begin && lines[i].ends_with(';')) break;
    }
  }
  return std::nullopt;
}

std::string OpeningComment(std::string_view source) {
  std::string text;
  for (std::string_view line : Lines(source)) {
    if (!line.starts_with("//")) break;
    line.remove_prefix(line.starts_with("// ") ? 3 : 2);
    if (!text.empty()) text += line.empty() ? "" : " ";
    text += line;
  }
  return text;
}

}  // namespace lockscope::cli
