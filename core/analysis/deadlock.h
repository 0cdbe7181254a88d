// A circle of waits in words, who waits behind it, and the event that closed it: what window, report and outcome say
// alike. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/analysis/timeline.h"
#include "core/analysis/wait_graph.h"

namespace lockscope::analysis {

// By edge of the graph: true where the waiter is on a circle, or waits for somebody who is, directly or through others.
std::vector<bool> LeadingIntoCircles(const WaitGraph& graph);

// The latest of the waits and holds that make up the circle: before this step somebody could still go on.
size_t ClosingStep(const Timeline& timeline, const WaitGraph& graph, const std::vector<size_t>& circle);

enum class Places : bool { kWithout, kWith };
// "Deadlock: the event loop waits for alice's lock, which worker-1 holds; worker-1 waits for the server lock, which the
// event loop holds. None of them can go on." With places, "(taken at core/daemon/client.cc:88)" follows each holder.
std::string DeadlockSentence(const Timeline& timeline, const WaitGraph& graph, const std::vector<size_t>& circle,
                             Places places);

}  // namespace lockscope::analysis
