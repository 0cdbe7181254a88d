#include "core/cli/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/analysis/text_layout.h"

namespace lockscope::cli {
namespace {

using analysis::Columns;

constexpr size_t kMargin = 2;            // "- ".
constexpr size_t kGap = 2;               // Between the columns.
constexpr size_t kNarrowestToWrap = 56;  // Code that is wrapped into less is no longer read with ease.

// Where the line's comment begins: its end, if it has none.
size_t CommentAt(std::string_view line) {
  bool in_text = false;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"') in_text = !in_text;
    if (!in_text && line.substr(at).starts_with("//")) return at;
  }
  return line.size();
}

std::string WithoutTrailingBlanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// A line of code in pieces of at most `width` columns; what does not fit goes on below, indented by four more. So does a
// comment behind code; what goes on of a comment is one, too.
std::vector<std::string> WrapCode(const std::string& line, size_t width) {
  if (Columns(line) <= width) return {line};
  const size_t indent = std::min(line.find_first_not_of(' '), width / 2);
  const size_t next_indent = std::min(indent + 4, width / 2);
  const size_t comment_at = CommentAt(line);
  const std::string code = WithoutTrailingBlanks(line.substr(0, comment_at));
  std::vector<std::string> pieces;
  const auto add = [&](const std::string& text, const std::string& before) {
    for (const std::string& piece : analysis::Wrap(text, width - next_indent - before.size())) {
      pieces.push_back(std::string(pieces.empty() || code.empty() ? indent : next_indent, ' ') + before + piece);
    }
  };
  if (!code.empty()) add(code.substr(indent), "");
  const size_t words_at = line.find_first_not_of("/ ", comment_at);
  if (words_at != std::string::npos) add(line.substr(words_at), "// ");
  return pieces;
}

// What of a line makes a difference: what runs. A comment does not, nor the exemption that a bug has from the annotations; and
// that a function is of another class is said in the heading.
std::string WhatRuns(const std::string& line, std::string_view of_class) {
  std::string code = line.substr(0, CommentAt(line));
  for (const std::string_view silent : {of_class, std::string_view(" LS_NO_THREAD_SAFETY_ANALYSIS")}) {
    const size_t at = silent.empty() ? std::string::npos : code.find(silent);
    if (at != std::string::npos) code.erase(at, silent.size());
  }
  if (code.ends_with(" {")) code.resize(code.size() - 2);  // It may have been wrapped away from the rest.
  return WithoutTrailingBlanks(std::move(code));
}

// A line beside its like of the other side, or alone; then it is marked, if there is something in it that runs.
struct Row {
  int left = -1, right = -1;
  bool is_marked = false;
};

std::vector<Row> Rows(const CodeColumn& left, const CodeColumn& right) {
  std::vector<std::string> keys[2];
  std::vector<bool> runs[2];
  for (const int side : {0, 1}) {
    const CodeColumn& column = side == 0 ? left : right;
    for (size_t i = 0; i < column.lines.size(); ++i) {
      const std::string code = WhatRuns(column.lines[i], i == 0 ? column.of_class : "");
      runs[side].push_back(!code.empty());
      keys[side].push_back(code.empty() ? column.lines[i] : code);
    }
  }
  std::vector<Row> rows;
  for (const auto& [i, j] : Align(keys[0], keys[1])) {
    const bool is_pair = i >= 0 && j >= 0;
    rows.push_back({i, j, !is_pair && (i >= 0 ? runs[0][static_cast<size_t>(i)] : runs[1][static_cast<size_t>(j)])});
  }
  return rows;
}

std::string Painted(const std::string& text, char mark, bool colour) {
  if (!colour || mark == ' ') return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", mark == '-' ? 31 : 32, text);
}

std::string Padded(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, Columns(text)), ' ');
}

size_t Longest(const CodeColumn& column) {
  size_t longest = Columns(column.heading);
  for (const std::string& line : column.lines) longest = std::max(longest, Columns(line));
  return longest;
}

std::vector<std::string> OneBelowTheOther(const CodeColumn& left, const CodeColumn& right, size_t width, bool colour) {
  const std::vector<Row> rows = Rows(left, right);
  std::vector<std::string> out;
  const auto add = [&](const CodeColumn& column, char mark, int Row::*here) {
    for (const std::string& line : analysis::Wrap(column.heading, width)) out.push_back(line);
    for (const Row& row : rows) {
      if (row.*here < 0) continue;
      const char margin = row.is_marked ? mark : ' ';
      for (const std::string& piece : WrapCode(column.lines[static_cast<size_t>(row.*here)], width - kMargin)) {
        out.push_back(Painted(WithoutTrailingBlanks(fmt::format("{} {}", margin, piece)), margin, colour));
      }
    }
  };
  add(left, '-', &Row::left);
  out.emplace_back();
  add(right, '+', &Row::right);
  return out;
}

}  // namespace

std::vector<std::pair<int, int>> Align(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  // The longest common subsequence, by the table of Wagner and Fischer (1974) filled from the end: functions are short.
  const size_t rows = left.size(), columns = right.size();
  std::vector<std::vector<int>> common(rows + 1, std::vector<int>(columns + 1, 0));
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      common[i][j] = left[i] == right[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<std::pair<int, int>> pairs;
  size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && left[i] == right[j]) {
      pairs.emplace_back(static_cast<int>(i++), static_cast<int>(j++));
    } else if (j == columns || (i < rows && common[i + 1][j] >= common[i][j + 1])) {
      pairs.emplace_back(static_cast<int>(i++), -1);
    } else {
      pairs.emplace_back(-1, static_cast<int>(j++));
    }
  }
  return pairs;
}

std::vector<std::string> SideBySide(const CodeColumn& left, const CodeColumn& right, size_t width, bool colour) {
  const size_t half = (width - std::min(width, kGap)) / 2;
  const size_t room = half - std::min(half, kMargin);
  if (room < kNarrowestToWrap && std::max(Longest(left), Longest(right)) > room) {
    return OneBelowTheOther(left, right, std::max<size_t>(width, 20), colour);
  }
  std::vector<std::string> out;
  const auto add = [&](const std::string& left_text, char left_mark, const std::string& right_text, char right_mark) {
    const std::string one = fmt::format("{} {}", left_mark, Padded(left_text, room));
    const std::string other = WithoutTrailingBlanks(fmt::format("{} {}", right_mark, right_text));
    const std::string line =
        Painted(one, left_mark, colour) + std::string(kGap, ' ') + Painted(other, right_mark, colour);
    out.push_back(WithoutTrailingBlanks(line));
  };
  // What has been put on a side stands beside what has been put on the other.
  std::vector<std::pair<std::string, char>> lefts, rights;
  const auto flush = [&] {
    const std::pair<std::string, char> nothing("", ' ');
    for (size_t i = 0; i < std::max(lefts.size(), rights.size()); ++i) {
      const auto& [left_text, left_mark] = i < lefts.size() ? lefts[i] : nothing;
      const auto& [right_text, right_mark] = i < rights.size() ? rights[i] : nothing;
      add(left_text, left_mark, right_text, right_mark);
    }
    lefts.clear();
    rights.clear();
  };
  const auto put = [](auto& side, const std::vector<std::string>& pieces, char mark) {
    for (const std::string& piece : pieces) side.emplace_back(piece, mark);
  };
  put(lefts, analysis::Wrap(left.heading, room), ' ');
  put(rights, analysis::Wrap(right.heading, room), ' ');
  flush();
  for (const Row& row : Rows(left, right)) {
    const bool is_pair = row.left >= 0 && row.right >= 0;
    if (is_pair) flush();
    if (row.left >= 0) put(lefts, WrapCode(left.lines[static_cast<size_t>(row.left)], room), row.is_marked ? '-' : ' ');
    if (row.right >= 0) {
      put(rights, WrapCode(right.lines[static_cast<size_t>(row.right)], room), row.is_marked ? '+' : ' ');
    }
    if (is_pair) flush();
  }
  flush();
  return out;
}

}  // namespace lockscope::cli
