// Bug: the event loop runs its callbacks with its own lock held.
//
// The author's thought: "A watch must not change while its callback runs, so I keep the lock." A callback that adds or
// changes a watch would then wait for itself; that he noticed, and the loop's own thread leaves the lock alone inside a
// callback. What he did not see: a callback takes the server's and a client's lock under the loop's, and a worker that
// queues a reply takes the loop's under the client's. Two threads, two orders, a deadlock.
// Breaks R2, loop-lock-is-a-leaf.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/loop/event_loop.h"
#include "core/sync/thread_state.h"

namespace lockscope::daemon::bugs {
namespace {

using trace::EventKind;

class LockedCallbacksLoop final : public loop::EventLoop {
 public:
  using EventLoop::EventLoop;

 private:
  void RunCallback(ObjectId watch, const HandleCallback& callback, uint32_t ready) override;
  void TakeLock(SourcePlace place) override;
  void DropLock(SourcePlace place) override;

  bool in_callback_ = false;  // Guarded by mu().
};

// Without the exemption: "calling function 'RunCallback' requires negative capability '!loop_held'".
void LockedCallbacksLoop::RunCallback(ObjectId watch, const HandleCallback& callback, uint32_t ready)
    LS_NO_THREAD_SAFETY_ANALYSIS {
  const sync::MutexLock lock(mu());
  in_callback_ = true;
  sync::RecordEvent(EventKind::kCallbackBegan, watch, ready);
  callback(ready);
  sync::RecordEvent(EventKind::kCallbackEnded, watch);
  in_callback_ = false;
}

// Without the exemption: "mutex 'mu_' is not held on every path through here".
void LockedCallbacksLoop::TakeLock(SourcePlace place) LS_NO_THREAD_SAFETY_ANALYSIS {
  if (mu().holder() == sync::ThreadState::Current().id()) return;
  EventLoop::TakeLock(place);
}

// Without the exemption: "releasing mutex 'mu_' that was not held".
void LockedCallbacksLoop::DropLock(SourcePlace place) LS_NO_THREAD_SAFETY_ANALYSIS {
  if (in_callback_) return;
  EventLoop::DropLock(place);
}

}  // namespace

void InstallCallbackUnderLoopLock(Parts& parts) { parts.event_loop = MakePart<LockedCallbacksLoop>(); }

}  // namespace lockscope::daemon::bugs
