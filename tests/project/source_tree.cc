#include "tests/project/source_tree.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <sstream>

namespace lockscope::project {
namespace fs = std::filesystem;

namespace {

bool IsText(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  char head[4096];
  in.read(head, sizeof head);
  return std::find(head, head + in.gcount(), '\0') == head + in.gcount();
}

// Not ours to judge: what a build or an editor leaves behind.
bool IsForeignFolder(const std::string& name, bool at_the_top) {
  return (at_the_top && name == "build") || (name.starts_with('.') && name != ".ci");
}

}  // namespace

std::vector<std::string> SourceTree::Files(const std::string& folder, const std::vector<std::string>& endings) const {
  std::vector<std::string> files;
  const fs::path start = root_ / folder;
  if (!fs::is_directory(start)) return files;
  for (auto it = fs::recursive_directory_iterator(start); it != fs::recursive_directory_iterator(); ++it) {
    const std::string name = it->path().filename().string();
    if (it->is_directory()) {
      if (IsForeignFolder(name, folder.empty() && it.depth() == 0)) it.disable_recursion_pending();
      continue;
    }
    if (name == ".git") continue;  // A file where the tree is one of several work trees: git's, with a path of its own.
    const bool wanted = endings.empty() || std::any_of(endings.begin(), endings.end(),
                                                       [&](const std::string& end) { return name.ends_with(end); });
    if (wanted && it->is_regular_file() && IsText(it->path())) files.push_back(it->path().lexically_relative(root_));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> SourceTree::Folders(const std::string& folder) const {
  std::vector<std::string> folders;
  if (!fs::is_directory(root_ / folder)) return folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(root_ / folder)) {
    if (entry.is_directory()) folders.push_back(entry.path().lexically_relative(root_));
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::string SourceTree::Read(const std::string& file) const {
  std::ifstream in(root_ / file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

SourceTree ThisProject() { return SourceTree(LOCKSCOPE_PROJECT_ROOT); }

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> Words(std::string_view line) {
  std::istringstream in{std::string(line)};
  return {std::istream_iterator<std::string>(in), {}};
}

bool IsIdentifierCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string WithoutCommentsAndStrings(std::string_view code) {
  std::string out(code);
  const auto blank = [&out](size_t from, size_t to) {
    for (size_t i = from; i < to && i < out.size(); ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  const auto end_of = [&code](std::string_view what, size_t from) {
    const size_t at = code.find(what, from);
    return at == std::string_view::npos ? code.size() : at + what.size();
  };
  for (size_t i = 0; i < code.size();) {
    size_t end = i + 1;
    if (code.substr(i).starts_with("//")) {
      end = code.find('\n', i);
      if (end == std::string_view::npos) end = code.size();
      blank(i, end);
    } else if (code.substr(i).starts_with("/*")) {
      end = end_of("*/", i + 2);
      blank(i, end);
    } else if (code.substr(i).starts_with("R\"") && (i == 0 || !IsIdentifierCharacter(code[i - 1]))) {
      const size_t open = code.find('(', i);
      if (open == std::string_view::npos) break;
      end = end_of(")" + std::string(code.substr(i + 2, open - i - 2)) + "\"", open);
      blank(i, end);
    } else if (code[i] == '"' || (code[i] == '\'' && (i == 0 || !IsIdentifierCharacter(code[i - 1])))) {
      while (end < code.size() && code[end] != code[i] && code[end] != '\n') end += code[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, code.size());
      blank(i + 1, end - 1);
    }
    i = end;
  }
  return out;
}

std::string Join(const Findings& findings) {
  std::string text;
  for (const std::string& finding : findings) text += "\n  " + finding;
  return text;
}

}  // namespace lockscope::project
