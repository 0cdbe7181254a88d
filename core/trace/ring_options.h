// What is to happen to events that the ring has no room for, where the ring lies, and who is told of trouble. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lockscope::trace {

enum class WhenFull {
  kGrow,        // Full chunks go to the file as the recording goes on; nothing is lost while there is room for them.
  kDropOldest,  // A flight recorder: the ring alone, with what came last, and how each thread began (252 events).
  kDropNewest,  // The ring alone, with what came first.
};

struct RingOptions {
  WhenFull when_full = WhenFull::kGrow;
  // The ring takes so much memory at most, and less where less is needed. At least kLeastRingBytes.
  uint64_t bytes = uint64_t{64} << 20;
  // Where the ring may lie: the first that is on tmpfs and has room; else beside the file. Empty: DefaultRingFolders().
  std::vector<std::filesystem::path> folders;
  // Told once, in a line without its end, when the file takes no more (a full disk). By the recorder's own thread. Empty: nobody
  // is told.
  std::function<void(const std::string& line)> complain = {};
};
inline constexpr uint64_t kLeastRingBytes = uint64_t{4} << 20;
inline constexpr uint64_t kMostRingBytes = uint64_t{1} << 31;

}  // namespace lockscope::trace
