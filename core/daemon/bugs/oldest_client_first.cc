// Bug: every scan for a job begins with the oldest client.
//
// The author's thought: "I look at each of them, from the first to the last." He does, as long as the first ones want
// nothing. A client that has something on dx whenever a worker looks is found first every time, and nobody comes to those
// behind it: starvation. Nothing is stuck and no worker is idle; only those who wait notice, and they wait until the busy
// client stops.
// No rule of the model stands against it; what tells is how long calls wait.
#include "core/daemon/bugs/install.h"
#include "core/daemon/job_scan.h"
#include "core/daemon/make_part.h"
#include "core/daemon/worker.h"

namespace lockscope::daemon::bugs {
namespace {

class OldestFirstWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  bool TakeJob() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
};

bool OldestFirstWorker::TakeJob() {
  ServerLock server_lock(shared_.mu());
  busy_ = false;
  JobScan scan;
  while (true) {
    if (quit_) return false;
    shared_.turn = RoundRobin();
    if (scan.LockClientWithJob(shared_.clients, shared_.turn)) break;
    shared_.job.wait();
  }
  busy_ = true;
  server_lock.unlock();
  scan.client().AddReference();
  TakeJobOf(scan.client());
  scan.unlock();
  return true;
}

}  // namespace

void InstallOldestClientFirst(Parts& parts) { parts.worker = MakePart<OldestFirstWorker>(); }

}  // namespace lockscope::daemon::bugs
