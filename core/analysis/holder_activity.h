// What the holder of a lock is doing while others wait for it, in words, as far as the trace says it. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "core/analysis/timeline.h"
#include "core/base/ids.h"

namespace lockscope::analysis {

// Both tenses: "is reading a packet", "was reading a packet". Empty where the trace does not say.
struct Doing {
  std::string is;
  std::string was;
};
// In the past tense, that is told of a wait of `waiter` for what the thread held: who was in its own way by then.
Doing WhatThreadDoes(const Timeline& timeline, ObjectId thread, size_t step, ObjectId waiter = kNoObject);

// The last step of the longest time between `from` and `to` (steps, from < to) in which the thread recorded nothing:
// what it did then is what it did for most of the time. `from` need not be a step of the thread.
size_t EndOfLongestQuiet(const Timeline& timeline, ObjectId thread, size_t from, size_t to);

}  // namespace lockscope::analysis
