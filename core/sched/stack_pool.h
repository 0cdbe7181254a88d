// StackPool: stacks for fibers, kept for the next ones when theirs end. Each has a guard page below: an overflow is a
// segmentation fault and not a broken neighbour. Any thread.
#pragma once

#include <cstddef>

namespace lockscope::sched {

struct Stack {
  std::byte* bottom = nullptr;  // The lowest usable address.
  size_t bytes = 0;
};

inline constexpr size_t kStackBytes = 256 << 10;  // Only what is touched takes memory.

Stack TakeStack();
void GiveBackStack(const Stack& stack);

}  // namespace lockscope::sched
