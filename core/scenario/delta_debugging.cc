#include "core/scenario/delta_debugging.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lockscope::scenario {
namespace {

using Parts = std::vector<size_t>;

// The i-th of n nearly equal pieces, as a range of indices.
struct Piece {
  size_t from, to;
};
Piece PieceOf(size_t size, size_t n, size_t i) { return {size * i / n, size * (i + 1) / n}; }

Parts Only(const Parts& parts, Piece piece) {
  return {parts.begin() + static_cast<ptrdiff_t>(piece.from), parts.begin() + static_cast<ptrdiff_t>(piece.to)};
}

Parts Without(const Parts& parts, Piece piece) {
  Parts rest = Only(parts, {0, piece.from});
  rest.insert(rest.end(), parts.begin() + static_cast<ptrdiff_t>(piece.to), parts.end());
  return rest;
}

}  // namespace

Parts FewestThatFail(size_t count, const std::function<bool(const Parts&)>& fails) {
  Parts left(count);
  std::iota(left.begin(), left.end(), size_t{0});
  size_t n = 2;
  while (left.size() >= 2) {
    bool reduced = false;
    for (size_t i = 0; i < n && !reduced; ++i) {
      if (Parts piece = Only(left, PieceOf(left.size(), n, i)); fails(piece)) {
        left = std::move(piece);
        n = 2;
        reduced = true;
      }
    }
    // With two pieces, what one of them leaves is the other.
    for (size_t i = 0; n > 2 && i < n && !reduced; ++i) {
      if (Parts rest = Without(left, PieceOf(left.size(), n, i)); fails(rest)) {
        left = std::move(rest);
        n = n - 1;
        reduced = true;
      }
    }
    if (reduced) continue;
    if (n == left.size()) break;
    n = std::min(n * 2, left.size());
  }
  return left;
}

}  // namespace lockscope::scenario
