// For tests of recordings that outlive their program: a folder of their own, and other processes that record into it.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/trace/ring_file.h"

namespace lockscope::trace {

class RecordingFolder {
 public:
  RecordingFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "lockscope recording XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~RecordingFolder() {
    for (const FoundRing& ring : Rings()) std::filesystem::remove(ring.path);
    std::filesystem::remove_all(path_);
  }
  RecordingFolder(const RecordingFolder&) = delete;
  RecordingFolder& operator=(const RecordingFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

  // Those of recordings in this folder, wherever they lie.
  std::vector<FoundRing> Rings() const {
    std::vector<std::filesystem::path> folders = DefaultRingFolders();
    folders.push_back(path_);
    std::vector<FoundRing> rings = FindRings(folders);
    std::erase_if(rings, [this](const FoundRing& ring) { return ring.out.parent_path() != path_; });
    return rings;
  }

 private:
  std::filesystem::path path_;
};

// A process that runs `body` and then waits to be killed, or ends by itself. It is killed with this object.
class ForkedProcess {
 public:
  explicit ForkedProcess(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ != 0) return;
    body();
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  ~ForkedProcess() {
    if (pid_ > 0) Kill();
  }
  ForkedProcess(const ForkedProcess&) = delete;
  ForkedProcess& operator=(const ForkedProcess&) = delete;

  void Kill() {
    ::kill(pid_, SIGKILL);
    Wait();
  }
  // False once it has ended by itself.
  bool Lives() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
    return pid_ > 0;
  }
  // Its exit status, or 128 and the signal that ended it.
  int Wait() {
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

// A page that the forked process and its parent both see.
template <typename T>
class SharedPage {
 public:
  SharedPage() : at_(new (::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) T()) {}
  ~SharedPage() { ::munmap(at_, sizeof(T)); }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  T* operator->() const { return at_; }

 private:
  T* at_;
};

}  // namespace lockscope::trace
