// For what replaces a file as a whole: it is begun beside the file and renamed over it, which would put it in the place of a
// link to the file. Any thread.
#pragma once

#include <filesystem>
#include <system_error>

namespace lockscope {

// The file that symbolic links at `path` lead to, whether or not it is there yet; `path` itself where it is none, or where they
// lead in a circle.
inline std::filesystem::path BehindLinks(const std::filesystem::path& path) {
  constexpr int kMostLinks = 40;  // One after the other, as in Linux (path_resolution(7)).
  std::filesystem::path file = path;
  std::error_code error;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (!std::filesystem::is_symlink(file, error)) return file;
    // An absolute one replaces what is before it.
    file = file.parent_path() / std::filesystem::read_symlink(file, error);
    if (error) break;
  }
  return path;
}

}  // namespace lockscope
