#include "core/analysis/text_layout.h"

#include <algorithm>

namespace lockscope::analysis {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the first `columns` code points.
size_t BytesOf(std::string_view text, size_t columns) {
  size_t bytes = 0;
  while (bytes < text.size() && (columns > 0 || IsContinuation(text[bytes]))) {
    if (!IsContinuation(text[bytes])) --columns;
    ++bytes;
  }
  return bytes;
}

}  // namespace

size_t Columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string Cut(const std::string& text, size_t columns) {
  if (Columns(text) <= columns) return text;
  return text.substr(0, BytesOf(text, columns - std::min<size_t>(columns, 3))) + "...";
}

std::vector<std::string> Wrap(const std::string& text, size_t columns) {
  std::vector<std::string> lines(1);
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    if (word.empty()) continue;
    const size_t room = columns - std::min(columns, Columns(lines.back()) + 1);
    if (!lines.back().empty() && Columns(word) > room) lines.emplace_back();
    while (lines.back().empty() && Columns(word) > columns) {
      const size_t bytes = BytesOf(word, columns);
      lines.back() = word.substr(0, bytes);
      word.erase(0, bytes);
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

}  // namespace lockscope::analysis
