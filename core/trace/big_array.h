// BigArray: a std::vector for what a trace holds by the million. resize() leaves new elements as they are found (whoever
// resizes fills them), and what is large lies in huge pages where the kernel gives them: touching fresh memory in steps
// of 4 KiB would cost as much as reading the events. One thread.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace lockscope::trace {

template <typename T>
class BigAllocator {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  using value_type = T;
  BigAllocator() = default;
  template <typename U>
  BigAllocator(const BigAllocator<U>&) {}  // NOLINT: what every allocator has.

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes < kHugePage) return static_cast<T*>(::operator new(bytes));
    void* const memory = ::operator new (bytes, std::align_val_t{kHugePage});
    ::madvise(memory, bytes, MADV_HUGEPAGE);  // Refused where there are none: then without.
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) {
    if (count * sizeof(T) < kHugePage) return ::operator delete(memory);
    ::operator delete (memory, std::align_val_t{kHugePage});
  }
  template <typename U>
  void construct(U*) {}
  template <typename U, typename First, typename... Rest>
  void construct(U* at, First&& first, Rest&&... rest) {
    ::new (static_cast<void*>(at)) U(std::forward<First>(first), std::forward<Rest>(rest)...);
  }
  friend bool operator==(const BigAllocator&, const BigAllocator&) { return true; }

 private:
  static constexpr size_t kHugePage = 2u << 20;
};

template <typename T>
using BigArray = std::vector<T, BigAllocator<T>>;

}  // namespace lockscope::trace
