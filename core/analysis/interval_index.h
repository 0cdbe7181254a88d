// IntervalIndex: which of many intervals, ordered by their beginnings, contain a step.
//
// Holds of one thread may overlap in any way (server, client, drop server, drop client), so a binary search alone does
// not find all that are open: a tree of the latest ends (a segment tree, laid out as in a heap) says which part of
// those that have begun can still contain the step. Built in O(n); a query for k results takes O((k + 1) log n).
// Immutable once built; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockscope::analysis {

class IntervalIndex {
 public:
  IntervalIndex() = default;
  // Intervals [from, to): `froms` ascending, `to` kForever for one that never ends. Same length.
  static constexpr uint32_t kForever = 0xffffffff;
  IntervalIndex(std::vector<uint32_t> froms, const std::vector<uint32_t>& tos);

  // The positions of all intervals with from <= step < to, ascending.
  std::vector<uint32_t> Containing(size_t step) const;

 private:
  void Collect(size_t node, size_t first, size_t width, size_t count, size_t step, std::vector<uint32_t>& found) const;

  std::vector<uint32_t> froms_;
  std::vector<uint32_t> latest_;  // Heap layout: node i covers 2i and 2i + 1; the leaves are the ends themselves.
  size_t leaves_ = 0;             // A power of two.
};

}  // namespace lockscope::analysis
