// Which recording is on: one at a time in a process. For Recorder and RunLog.
#pragma once

namespace lockscope::trace::internal {

// False where one is on already. In between the threads' logs take events.
bool BeginSession();
void EndSession();

}  // namespace lockscope::trace::internal
