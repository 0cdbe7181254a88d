// Which recording is on: one at a time in a process. For Recorder and RunLog.
#pragma once

#include <cstdint>

namespace lockscope::trace::internal {

// False where one is on already. In between the threads' logs take events.
bool BeginSession();
void EndSession();
// Makes `number` the recording that is on (0: none is), for threads' logs and for locks.
void SetSession(uint32_t number);

}  // namespace lockscope::trace::internal
