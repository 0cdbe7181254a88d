// expect: cannot call function 'RemoveTimer' while mutex 'loop_held' is held
//
// R2: a handle is added by a function that runs under the event loop's own lock: the loop would wait for itself. So
// would a callback, if the loop ran it under its lock.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void OnTimer(loop::EventLoop& loop, loop::TimerId timer) LS_REQUIRES(sync::loop_held) { loop.RemoveTimer(timer); }

}  // namespace lockscope::daemon
