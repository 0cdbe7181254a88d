#include "core/daemon/subscriber_scan.h"

#include <algorithm>

namespace lockscope::daemon {

// Audited: as JobScan::LockClientWithJob. Without the exemption: "mutex 'client_held' is not held on every path through
// here".
bool SubscriberScan::LockNext(const std::vector<std::unique_ptr<Client>>& clients, SourcePlace place)
    LS_NO_THREAD_SAFETY_ANALYSIS {
  auto next = std::ranges::upper_bound(clients, last_, {}, [](const auto& client) { return client->number(); });
  for (; next != clients.end(); ++next) {
    Client& client = **next;
    last_ = client.number();
    client.mu().mu_.lock(place);
    if (client.Wants(event_)) {
      client_ = &client;
      return true;
    }
    client.mu().mu_.unlock(place);
  }
  return false;
}

// Audited: see above. Without the exemption: "releasing mutex 'client_->mu().mu_' that was not held".
void SubscriberScan::unlock(SourcePlace place) LS_NO_THREAD_SAFETY_ANALYSIS {
  client_->mu().mu_.unlock(place);
  client_ = nullptr;
}

}  // namespace lockscope::daemon
