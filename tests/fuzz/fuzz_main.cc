// What libFuzzer calls; the build says which target it is.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lockscope::fuzz::LOCKSCOPE_FUZZ_TARGET(std::as_bytes(std::span(data, size)));
  return 0;
}
