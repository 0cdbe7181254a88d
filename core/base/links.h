// For what replaces a file as a whole: it is begun beside the file and renamed over it, which would put it in the place of a
// link to the file. Any thread.
#pragma once

#include <filesystem>
#include <system_error>

namespace lockscope {

// The file that symbolic links at `path` lead to; `path` itself where it is none, or where they lead to nothing.
inline std::filesystem::path BehindLinks(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  std::filesystem::path file = std::filesystem::canonical(path, error);
  return error ? path : file;
}

}  // namespace lockscope
