// Which recording is on: one at a time in a process. For Recorder and RunLog.
#pragma once

#include <cstdint>

namespace lockscope::trace::internal {

// False where one is on already. In between the threads' logs take events.
bool BeginSession();
void EndSession();
// Makes `number` the recording that is on (0: none is), for threads' logs and for locks.
// `contended_only`: Recorder::Detail.
void SetSession(uint32_t number, bool contended_only = false);

}  // namespace lockscope::trace::internal
