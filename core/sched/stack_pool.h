// Stacks for fibers, kept for the next ones when theirs end. Each has a guard page below: an overflow is a segmentation fault
// and not a broken neighbour.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <vector>

namespace lockscope::sched {

struct Stack {
  std::byte* bottom = nullptr;  // The lowest usable address.
  size_t bytes = 0;
};

inline constexpr size_t kStackBytes = 256 << 10;  // Only what is touched takes memory.

// The stacks of one run: they come from those that are kept (by the whole process), a few at a time, and go back there together
// when the set goes. One thread; several sets in several threads.
class StackSet {
 public:
  // `memory`, for the list of them, outlives the set.
  explicit StackSet(std::pmr::memory_resource& memory = *std::pmr::get_default_resource()) : stacks_(&memory) {}
  ~StackSet();
  StackSet(const StackSet&) = delete;
  StackSet& operator=(const StackSet&) = delete;

  // Good as long as the set.
  Stack Take();

 private:
  void TakeKept();

  std::pmr::vector<std::byte*> stacks_;  // Guard page first.
  size_t taken_ = 0;                     // The first ones.
};

}  // namespace lockscope::sched
