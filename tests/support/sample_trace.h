// Traces written down by hand that tests of several folders look at.
#pragma once

#include "core/trace/trace.h"

namespace lockscope::testing {

// A correct run of the classic daemon, seventy milliseconds long: leader, event loop, three workers; the clients alice,
// bob, carol and dave, each with one call; four client programs. Every rule is kept; R4, which is advice, has two
// findings. In it
//   - worker-1 scans while the event loop reads alice's packet and waits 1.80 ms for that lock (4.030 ms to 5.830 ms);
//   - job 4, dave's call hostname, waits 34.9 ms in dx while all three workers are in driver calls;
//   - alice's call is job 2, bob's job 1, carol's job 3.
trace::Trace FourClientsThreeWorkers();

}  // namespace lockscope::testing
