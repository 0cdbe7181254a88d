#include "core/sched/stack_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <mutex>
#include <vector>

#include "core/base/check.h"

namespace lockscope::sched {
namespace {

constexpr size_t kKept = 64;  // Stacks; more than a usual run has threads.

struct Pool {
  std::mutex mu;
  std::vector<std::byte*> free;  // Guard page first.
};
Pool& ThePool() {
  static auto* pool = new Pool;
  return *pool;
}

size_t GuardBytes() {
  static const auto bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

Stack TakeStack() {
  Pool& pool = ThePool();
  {
    const std::lock_guard lock(pool.mu);
    if (!pool.free.empty()) {
      std::byte* const block = pool.free.back();
      pool.free.pop_back();
      return {block + GuardBytes(), kStackBytes};
    }
  }
  void* const block = ::mmap(nullptr, GuardBytes() + kStackBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  LS_CHECK(block != MAP_FAILED, "no memory for the stack of a controlled thread");
  LS_CHECK(::mprotect(block, GuardBytes(), PROT_NONE) == 0, "a stack's guard page cannot be protected");
  return {static_cast<std::byte*>(block) + GuardBytes(), kStackBytes};
}

void GiveBackStack(const Stack& stack) {
  std::byte* const block = stack.bottom - GuardBytes();
  Pool& pool = ThePool();
  {
    const std::lock_guard lock(pool.mu);
    if (pool.free.size() < kKept) {
      pool.free.push_back(block);
      return;
    }
  }
  ::munmap(block, GuardBytes() + stack.bytes);
}

}  // namespace lockscope::sched
