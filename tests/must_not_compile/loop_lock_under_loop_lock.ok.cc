// The correct version of loop_lock_under_loop_lock.cc: the function is called without the loop's lock, as every
// callback is.
#include "core/daemon/shared_state.h"

namespace lockscope::daemon {

void OnTimer(loop::EventLoop& loop, loop::TimerId timer) LS_REQUIRES(!sync::loop_held) { loop.RemoveTimer(timer); }

}  // namespace lockscope::daemon
