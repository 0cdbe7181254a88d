// How much memory the process has allocated and not freed, touched or not. With a sanitizer the allocator is the
// sanitizer's, and so is the count.
#pragma once

#include <malloc.h>

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LS_TESTS_SANITIZER_ALLOCATOR 1
#endif
#endif

#if LS_TESTS_SANITIZER_ALLOCATOR
#include <sanitizer/allocator_interface.h>
#endif

namespace lockscope::testing {

inline size_t AllocatedBytes() {
#if LS_TESTS_SANITIZER_ALLOCATOR
  return __sanitizer_get_current_allocated_bytes();
#else
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

}  // namespace lockscope::testing
