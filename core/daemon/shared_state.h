// SharedState: what the loop and the workers share, and the server lock that guards it. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/daemon/client.h"
#include "core/daemon/dispatcher.h"
#include "core/daemon/locks.h"
#include "core/daemon/round_robin.h"
#include "core/loop/event_loop.h"

namespace lockscope::daemon {

class SharedState {
 public:
  SharedState(loop::EventLoop& event_loop, const Dispatcher& call_dispatcher, size_t event_bytes = SIZE_MAX)
      : loop(event_loop), dispatcher(call_dispatcher), max_event_bytes(event_bytes), job(mu_) {}

  // R1, R2: the server lock is never asked for with a client's or the loop's lock held.
  ServerMutex& mu() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) { return mu_; }

  // Self-synchronised, or constant.
  loop::EventLoop& loop;
  const Dispatcher& dispatcher;
  const size_t max_event_bytes;  // That may wait on one client's tx.

 private:
  ServerMutex mu_;

 public:
  JobCondition job;  // Waited on with mu: some client may have a job.
  std::vector<std::unique_ptr<Client>> clients LS_GUARDED_BY(sync::server_held);  // Oldest first.
  RoundRobin turn LS_GUARDED_BY(sync::server_held);                               // Which of them is looked at first.
  std::vector<uint64_t> to_disconnect LS_GUARDED_BY(sync::server_held);  // Clients' numbers; the loop does it (R7).
  bool quit LS_GUARDED_BY(sync::server_held) = false;
};

}  // namespace lockscope::daemon
