// The predicate of DescribeEvent, for sentences with a subject of their own. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "core/trace/trace.h"

namespace lockscope::analysis {

// "acquires alice's lock": what follows the thread's name.
std::string EventPredicate(const trace::Trace& trace, size_t step);

}  // namespace lockscope::analysis
