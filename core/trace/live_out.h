// LiveOut: the file that a recording goes to while it is being made, section by section (core/trace/LIVE_FORMAT.md).
//
// Killed at any point, the file ends before the sections that were being written. Room is asked for ahead of what is written,
// so that the file system need not find it page by page; the file's size says nothing of that. What was not needed is given
// back, but by a program that is killed: up to 64 MiB of the disk stay with the file then, until it is recovered. One thread at
// a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/trace/file_format.h"
#include "core/trace/live_format.h"

namespace lockscope::trace {

class LiveOut {
 public:
  // The file outlives it.
  explicit LiveOut(int fd);

  // Written last of what a file begins with: from here on it is one.
  bool WriteStart(const format::FileHeader& header);
  struct Section {
    format::LiveSection type = format::LiveSection::kEnd;
    uint32_t id = 0;
    std::span<const std::byte> head;
    std::span<const std::byte> body;
  };
  // False, and errno, where there is no room for all of them: nothing of them is there then. Many at once cost half of what they
  // cost one by one: the kernel takes memory for the file in larger pieces.
  bool Append(std::span<const Section> sections);
  // Nothing more will be written for now.
  void GiveBackRoom();

 private:
  void MakeRoom(uint64_t end);
  void TakeBack();

  const int fd_;
  uint64_t end_ = sizeof(format::FileHeader);
  uint64_t room_until_ = 0;
  bool asks_for_room_;  // False where that is of no use.
};

}  // namespace lockscope::trace
