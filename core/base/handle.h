// Handle: what the event loop's Poller can watch, as an opaque number.
//
// It is not a file descriptor: the poll(2) Poller keeps the descriptor that belongs to it, a fake Poller in a test
// keeps a script. A Handle is valid from the Poller's Add until its Remove and is never reused by that Poller.
#pragma once

#include <compare>
#include <cstdint>

namespace lockscope {

struct Handle {
  uint64_t value = 0;  // 0 is no handle.
  bool valid() const { return value != 0; }
  auto operator<=>(const Handle&) const = default;
};

}  // namespace lockscope
