#include "tests/lectures/lecture_text.h"

#include <regex>

#include "tests/project/source_tree.h"

namespace lockscope::lectures {
namespace {

bool StartsItem(const std::string& line) {
  static const std::regex item(R"(^\s*(?:[-*]|[0-9]+\.) )");
  return std::regex_search(line, item);
}

bool IsProse(const std::string& line) {
  const std::string text = Trimmed(line);
  return !text.empty() && text[0] != '#' && text[0] != '|' && text[0] != '>' && !text.starts_with("```");
}

std::vector<std::string> Pieces(std::string_view text) {
  constexpr std::string_view kLeftOut = "…";
  std::vector<std::string> pieces;
  while (true) {
    const size_t at = text.find(kLeftOut);
    if (std::string piece = Trimmed(text.substr(0, at)); !piece.empty()) pieces.push_back(std::move(piece));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + kLeftOut.size());
  }
}

}  // namespace

LectureText::LectureText(std::string_view markdown) {
  const std::vector<std::string> lines = project::Lines(markdown);
  for (size_t at = 0; at < lines.size();) {
    const std::string text = Trimmed(lines[at]);
    if (text.starts_with("```")) {
      at = ReadBlock(lines, at);
      continue;
    }
    if (!text.empty()) commands_just_before_.reset();
    if (text.starts_with(">")) {
      at = ReadQuote(lines, at);
    } else if (IsProse(text)) {
      at = ReadParagraph(lines, at);
    } else {
      ++at;
    }
  }
}

size_t LectureText::ReadBlock(const std::vector<std::string>& lines, size_t at) {
  const std::string language = Trimmed(lines[at]).substr(3);
  std::vector<std::string> inside;
  size_t end = at + 1;
  for (; end < lines.size() && !Trimmed(lines[end]).starts_with("```"); ++end) inside.push_back(lines[end]);
  if (language == "text" && commands_just_before_) {
    std::string& output = commands_[*commands_just_before_].output.emplace();
    for (const std::string& line : inside) output += line + "\n";
  }
  commands_just_before_.reset();
  if (language == "sh") {
    commands_just_before_ = commands_.size();
    commands_.push_back({static_cast<int>(at) + 2, inside, std::nullopt});
  }
  return end + 1;
}

size_t LectureText::ReadQuote(const std::vector<std::string>& lines, size_t at) {
  const int first = static_cast<int>(at) + 1;
  std::string text;
  for (; at < lines.size() && Trimmed(lines[at]).starts_with(">"); ++at) {
    text += (text.empty() ? "" : " ") + Trimmed(Trimmed(lines[at]).substr(1));
  }
  quotes_.push_back({first, Pieces(text)});
  return at;
}

size_t LectureText::ReadParagraph(const std::vector<std::string>& lines, size_t at) {
  static const std::regex anchor(R"(^- `([\w./-]+)`: `(.+)`$)");
  static const std::regex like_an_anchor(R"(`[\w-]+/[\w./-]+`:? *`)");
  const std::string& line = lines[at];
  std::smatch match;
  if (std::regex_match(line, match, anchor)) {
    anchors_.push_back({static_cast<int>(at) + 1, match[1], match[2]});
    return at + 1;
  }
  const size_t first = at;
  do {
    if (std::regex_search(lines[at], like_an_anchor)) anchors_.push_back({static_cast<int>(at) + 1, lines[at], ""});
    ++at;
  } while (at < lines.size() && IsProse(lines[at]) && !StartsItem(lines[at]));
  paragraphs_.push_back({static_cast<int>(first) + 1, static_cast<int>(at - first)});
  return at;
}

std::string Trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return "";
  return std::string(text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1));
}

}  // namespace lockscope::lectures
