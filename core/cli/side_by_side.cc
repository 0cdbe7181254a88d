#include "core/cli/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/text_layout.h"

namespace lockscope::cli {
namespace {

using analysis::Columns;

constexpr size_t kMargin = 2;            // "- ".
constexpr size_t kGap = 2;               // Between the columns.
constexpr size_t kNarrowestToWrap = 56;  // Code that is wrapped into less is no longer read with ease.

// A line of code in pieces of at most `width` columns; what does not fit goes on below, indented by four more.
std::vector<std::string> WrapCode(const std::string& line, size_t width) {
  if (Columns(line) <= width) return {line};
  const size_t indent = std::min(line.find_first_not_of(' '), width / 2);
  const size_t next_indent = std::min(indent + 4, width / 2);
  std::vector<std::string> pieces;
  for (const std::string& piece : analysis::Wrap(line.substr(indent), width - next_indent)) {
    pieces.push_back(std::string(pieces.empty() ? indent : next_indent, ' ') + piece);
  }
  return pieces;
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

std::string WithoutTrailingBlanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::vector<std::string> OneBelowTheOther(const CodeColumn& left, const CodeColumn& right, size_t width, bool colour) {
  const std::vector<std::pair<int, int>> rows = Align(left.lines, right.lines);
  std::vector<std::string> out;
  const auto add = [&](const CodeColumn& column, char mark, auto row_here, auto row_there) {
    for (const std::string& line : analysis::Wrap(column.heading, width)) out.push_back(line);
    for (const auto& row : rows) {
      if (row_here(row) < 0) continue;
      const char margin = row_there(row) < 0 ? mark : ' ';
      for (const std::string& piece : WrapCode(column.lines[static_cast<size_t>(row_here(row))], width - kMargin)) {
        out.push_back(Painted(WithoutTrailingBlanks(fmt::format("{} {}", margin, piece)), margin, colour));
      }
    }
  };
  const auto first = [](const std::pair<int, int>& row) { return row.first; };
  const auto second = [](const std::pair<int, int>& row) { return row.second; };
  add(left, '-', first, second);
  out.emplace_back();
  add(right, '+', second, first);
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
  const auto add_pieces = [&](const std::vector<std::string>& lefts, char left_mark,
                              const std::vector<std::string>& rights, char right_mark) {
    for (size_t i = 0; i < std::max(lefts.size(), rights.size()); ++i) {
      const bool has_left = i < lefts.size(), has_right = i < rights.size();
      add(has_left ? lefts[i] : "", has_left ? left_mark : ' ', has_right ? rights[i] : "",
          has_right ? right_mark : ' ');
    }
  };
  add_pieces(analysis::Wrap(left.heading, room), ' ', analysis::Wrap(right.heading, room), ' ');
  // Lines of one side only: those of a stretch on the left stand beside those on the right.
  std::vector<std::string> lefts, rights;
  const auto flush = [&] {
    add_pieces(lefts, '-', rights, '+');
    lefts.clear();
    rights.clear();
  };
  for (const auto& [i, j] : Align(left.lines, right.lines)) {
    if (i >= 0 && j >= 0) {
      flush();
      const std::vector<std::string> pieces = WrapCode(left.lines[static_cast<size_t>(i)], room);
      add_pieces(pieces, ' ', pieces, ' ');
    } else {
      const std::string& line = i >= 0 ? left.lines[static_cast<size_t>(i)] : right.lines[static_cast<size_t>(j)];
      std::vector<std::string>& side = i >= 0 ? lefts : rights;
      for (std::string& piece : WrapCode(line, room)) side.push_back(std::move(piece));
    }
  }
  flush();
  return out;
}

}  // namespace lockscope::cli
