// Traces made by chance, for comparing an algorithm with a plain one. The same seed gives the same trace everywhere.
#pragma once

#include <cstdint>
#include <string>

#include "core/trace/trace.h"

namespace lockscope::testing {

// SplitMix64 (Steele, Lea, Flood 2014): short, and the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  uint64_t Below(uint64_t bound) { return bound == 0 ? 0 : Next() % bound; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  std::string Text(size_t most);  // Any bytes, most of them printable.

 private:
  uint64_t state_;
};

// A trace that can have happened, of a few threads that lock, wait, poll, join, call and pass jobs about without any
// discipline: every rule is broken in it, deadlocks included. Nothing in it is named twice.
trace::Trace RandomTrace(uint64_t seed, size_t events);

}  // namespace lockscope::testing
