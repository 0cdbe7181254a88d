// The project's own files, as the hygiene tests see them: names relative to the root, text, code without its comments.
//
// It reads the disk when asked and keeps nothing. The root is a parameter so that a test can plant a tree of its own.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockscope::project {

// One thing that is wrong, as "file:line: what was found; what is allowed".
using Findings = std::vector<std::string>;

class SourceTree {
 public:
  explicit SourceTree(std::filesystem::path root) : root_(std::move(root)) {}

  // Text files under `folder` ("" is everything but build/ and dot-folders), sorted, relative to the root.
  // `endings` such as {".h", ".cc"} keep only those; empty keeps all.
  std::vector<std::string> Files(const std::string& folder, const std::vector<std::string>& endings = {}) const;

  // Folders directly under `folder`, sorted, relative to the root.
  std::vector<std::string> Folders(const std::string& folder) const;

  bool Exists(const std::string& file) const { return std::filesystem::exists(root_ / file); }

  // The whole file; empty where there is none.
  std::string Read(const std::string& file) const;

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

// The tree this test was built from.
SourceTree ThisProject();

std::vector<std::string> Lines(std::string_view text);

// The words of a line, separated by blanks.
std::vector<std::string> Words(std::string_view line);

// `code` with every comment, string and character constant blanked out, line by line, so that a rule about calls does
// not stumble over prose. Knows raw strings and 1'000'000; does not expand macros.
std::string WithoutCommentsAndStrings(std::string_view code);

bool IsIdentifierCharacter(char c);

// For a failure message: one finding a line.
std::string Join(const Findings& findings);

}  // namespace lockscope::project
