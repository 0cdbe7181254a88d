// Worker: one thread of the pool. Waits for a job, makes the driver call with no lock held, queues the reply.
#pragma once

#include <string>

#include "core/daemon/shared_state.h"
#include "core/sync/thread.h"

namespace lockscope::daemon {

class Worker {
 public:
  // Starts its thread. Loop thread only, like everything here but the loop inside.
  Worker(std::string name, SharedState& shared);

  // Marks it; it ends when it has seen the mark, after the broadcast of the job condition that must follow: a signal
  // might wake another one. A job that it makes now is still finished.
  void MarkQuit() LS_REQUIRES(sync::server_held) { quit_ = true; }
  // Waits for its end, with no lock held: it needs the server lock to end.
  void Join() LS_REQUIRES(!sync::server_held, !sync::client_held);

 private:
  void Run();
  bool TakeJob(Client*& client, std::optional<Job>& job, std::optional<Call>& call)
      LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  void Reply(Client& client, Job job, Call call)
      LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  SharedState& shared_;
  bool quit_ LS_GUARDED_BY(sync::server_held) = false;
  sync::Thread thread_;  // Last: it runs when everything above is there.
};

}  // namespace lockscope::daemon
