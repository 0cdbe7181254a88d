// Bug: the worker holds the server's and its client's lock while it makes the driver call.
//
// The author's thought: "The client must not go away while I work for it." It does not; but a driver call may take
// seconds, and for all of them nobody gets the server lock: the loop, at its next event, waits with every client behind
// it, and the other workers wait, too. The daemon stands still for as long as the slowest call takes. A reference would
// have kept the client, and costs nothing.
// Breaks R3, no-lock-across-a-call.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/worker.h"
#include "core/sync/guard.h"

namespace lockscope::daemon::bugs {
namespace {

using trace::EventKind;

class LockingWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  void MakeCall() override;
};

// Without the exemption: "cannot call function 'Run' while mutex 'server_held' is held".
void LockingWorker::MakeCall() LS_NO_THREAD_SAFETY_ANALYSIS {
  const ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client_->mu());
  sync::CheckDriverCall(job_->procedure, call_->name());
  sync::RecordEvent(EventKind::kCallBegan, job_->procedure, job_->number);
  shared_.dispatcher.Run(*call_);
  sync::RecordEvent(EventKind::kCallEnded, job_->procedure, job_->number);
}

}  // namespace

void InstallDriverCallUnderLocks(Parts& parts) { parts.worker = MakePart<LockingWorker>(); }

}  // namespace lockscope::daemon::bugs
