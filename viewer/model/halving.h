// How much room something may take, where that cannot be computed: rounding makes a height grow in stairs. Pure; any thread.
#pragma once

#include <utility>

namespace lockscope::viewer {

// What `make(x)` gives for nearly the largest x from `least` to `most` for which `fits` holds, found by so many halvings; where
// it holds for none: what it gives for `least`.
template <typename Make, typename Fits>
auto LargestThatFits(float least, float most, int halvings, const Make& make, const Fits& fits) {
  auto best = make(most);
  if (fits(best)) return best;
  best = make(least);
  for (int i = 0; i < halvings && fits(best); ++i) {
    const float middle = (least + most) / 2;
    auto tried = make(middle);
    if (fits(tried)) {
      least = middle;
      best = std::move(tried);
    } else {
      most = middle;
    }
  }
  return best;
}

}  // namespace lockscope::viewer
