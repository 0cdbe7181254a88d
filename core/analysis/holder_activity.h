// What the holder of a lock is doing while others wait for it, in words, as far as the trace says it. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

// Both tenses: "is reading a packet", "was reading a packet". Empty where the trace does not say.
struct Doing {
  std::string is;
  std::string was;
};
Doing WhatThreadDoes(const Timeline& timeline, ObjectId thread, size_t step);

}  // namespace lockscope::analysis
