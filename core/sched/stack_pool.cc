#include "core/sched/stack_pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "core/base/check.h"

namespace lockscope::sched {
namespace {

constexpr size_t kKept = 64;   // Stacks; more than a usual run has threads.
constexpr size_t kAtOnce = 8;  // As many as a usual run has.

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

std::byte* NewStack() {
  void* const block = ::mmap(nullptr, GuardBytes() + kStackBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  LS_CHECK(block != MAP_FAILED, "no memory for the stack of a controlled thread");
  LS_CHECK(::mprotect(block, GuardBytes(), PROT_NONE) == 0, "a stack's guard page cannot be protected");
  return static_cast<std::byte*>(block);
}

}  // namespace

Stack StackSet::Take() {
  if (taken_ == stacks_.size()) TakeKept();
  if (taken_ == stacks_.size()) stacks_.push_back(NewStack());
  return {stacks_[taken_++] + GuardBytes(), kStackBytes};
}

void StackSet::TakeKept() {
  stacks_.reserve(stacks_.size() + kAtOnce);
  Pool& pool = ThePool();
  const std::lock_guard lock(pool.mu);
  const auto from = pool.free.end() - static_cast<std::ptrdiff_t>(std::min(kAtOnce, pool.free.size()));
  stacks_.insert(stacks_.end(), from, pool.free.end());
  pool.free.erase(from, pool.free.end());
}

StackSet::~StackSet() {
  if (stacks_.empty()) return;
  Pool& pool = ThePool();
  size_t kept = 0;
  {
    const std::lock_guard lock(pool.mu);
    kept = std::min(stacks_.size(), kKept - pool.free.size());
    pool.free.insert(pool.free.end(), stacks_.begin(), stacks_.begin() + static_cast<std::ptrdiff_t>(kept));
  }
  for (; kept < stacks_.size(); ++kept) ::munmap(stacks_[kept], GuardBytes() + kStackBytes);
}

}  // namespace lockscope::sched
