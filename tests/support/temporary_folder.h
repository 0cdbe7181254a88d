// TemporaryFolder: a folder of the test's own, gone with it. Its path is short: a Unix socket's has at most 107 bytes.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "core/base/check.h"

namespace lockscope::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lockscope-XXXXXX").string();
    LS_CHECK(::mkdtemp(pattern.data()) != nullptr, "no temporary folder {}", pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string File(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace lockscope::testing
