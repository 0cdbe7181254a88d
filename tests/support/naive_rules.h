// NaiveRules: what must hold of every trace of the daemon, checked in the plainest way: step by step, with the set of
// locks that each thread holds, and nothing shared with core/analysis.
#pragma once

#include <string>
#include <vector>

#include "core/trace/trace.h"

namespace lockscope::testing {

// One line for each breach, in order; none for a correct run.
//   locks   holds of one lock never overlap, and its sequence numbers have no gap
//   R1      a client's lock only with the server's held; never the server's with a client's held; never two clients'
//   R2      nothing under a loop's lock
//   R3      no call_began … call_ended with the server's or a client's lock held
//   R5      a wait begins with its own mutex held and no other
//   R6      each queued job is taken or dropped, once, after it was queued
//   R7      accepting, reading, writing and closing by the event loop only
std::vector<std::string> NaiveComplaints(const trace::Trace& trace);

}  // namespace lockscope::testing
