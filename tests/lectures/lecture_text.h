// LectureText: a lecture's Markdown, taken apart as its tests need it: what a reader pastes, what is quoted from the
// viewer, what points into the code, and what is plain prose.
//
//   ```sh       commands, one a line, run from the project's root; a ```text block right after them is their output
//   > …         what the viewer says; "…" stands for what is left out
//   - `core/daemon/worker.cc`: `server_lock.unlock();`     an anchor: that file has exactly this line, but for blanks
//
// Plain functions of the text; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockscope::lectures {

struct Commands {
  int line = 0;                       // Of the first one; counted from 1.
  std::vector<std::string> commands;  // One a line.
  std::optional<std::string> output;  // What the last one prints, where the text says so.
};

struct Anchor {
  int line = 0;
  std::string file;
  std::string code;  // Empty: the line looks like an anchor and is none.
};

struct Paragraph {
  int line = 0;
  int lines = 0;
};

struct Quote {
  int line = 0;
  std::vector<std::string> pieces;  // Between the "…", in order.
};

class LectureText {
 public:
  explicit LectureText(std::string_view markdown);

  const std::vector<Commands>& commands() const { return commands_; }
  const std::vector<Anchor>& anchors() const { return anchors_; }
  // Prose and list items; no headings, tables, blocks of code.
  const std::vector<Paragraph>& paragraphs() const { return paragraphs_; }
  const std::vector<Quote>& quotes() const { return quotes_; }

 private:
  // Each reads from line `at` on and returns the first line that it did not take.
  size_t ReadBlock(const std::vector<std::string>& lines, size_t at);
  size_t ReadQuote(const std::vector<std::string>& lines, size_t at);
  size_t ReadParagraph(const std::vector<std::string>& lines, size_t at);

  std::vector<Commands> commands_;
  std::vector<Anchor> anchors_;
  std::vector<Paragraph> paragraphs_;
  std::vector<Quote> quotes_;
  std::optional<size_t> commands_just_before_;  // Index into commands_: nothing but blank lines since.
};

// Without blanks at its ends.
std::string Trimmed(std::string_view text);

}  // namespace lockscope::lectures
