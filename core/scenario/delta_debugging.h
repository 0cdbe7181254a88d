// Delta debugging: from many parts of which some make a program fail, to few. The algorithm ddmin of A. Zeller and
// R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE Transactions on Software Engineering 28 (2002).
//
// What is left is 1-minimal: without any one of its parts it does not fail. It need not be the smallest set that does.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace lockscope::scenario {

// Of the parts 0 … count - 1, in their order, those that are left: at least one. `fails` is asked about sets of parts in their order; it
// must hold for all of them. Where it says no to everything from some time on (a limit), the search soon ends.
std::vector<size_t> FewestThatFail(size_t count, const std::function<bool(const std::vector<size_t>&)>& fails);

}  // namespace lockscope::scenario
