#include "core/daemon/job_scan.h"

namespace lockscope::daemon {

// Audited: one of the two places where a lock outlives the function that takes it. Without the exemption:
// "mutex 'client_held' is not held on every path through here".
bool JobScan::LockClientWithJob(const std::vector<std::unique_ptr<Client>>& clients, RoundRobin& turn,
                                SourcePlace place) LS_NO_THREAD_SAFETY_ANALYSIS {
  turn.Begin(clients.size());
  for (size_t left = clients.size(); left > 0; --left) {
    Client& client = *clients[turn.place()];
    client.mu().mu_.lock(place);
    if (client.has_job()) {
      client_ = &client;
      turn.Take();
      return true;
    }
    client.mu().mu_.unlock(place);
    turn.Pass(clients.size());
  }
  return false;
}

// Audited: see above. Without the exemption: "releasing mutex 'client_->mu().mu_' that was not held".
void JobScan::unlock(SourcePlace place) LS_NO_THREAD_SAFETY_ANALYSIS {
  client_->mu().mu_.unlock(place);
  client_ = nullptr;
}

}  // namespace lockscope::daemon
