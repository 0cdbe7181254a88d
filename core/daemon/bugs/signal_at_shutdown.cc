// Bug: at the end, one signal where a broadcast is needed.
//
// The author's thought: "All workers are marked, and the condition is signalled: they will see it." A signal wakes one. The
// others sleep on, marked and unaware of it, and the loop waits for their end for ever: the daemon does not shut down.
// With one worker, as on the author's machine, all is well.
// No rule of the model stands against it; what tells is the end that never comes.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/server.h"

namespace lockscope::daemon::bugs {
namespace {

class OneSignalServer final : public Server {
 public:
  using Server::Server;

 private:
  void MarkWorkers() override LS_REQUIRES(sync::on_loop_thread, sync::server_held);
};

void OneSignalServer::MarkWorkers() {
  for (const auto& worker : workers_) worker->MarkQuit();
  shared_.job.signal();
}

}  // namespace

void InstallSignalAtShutdown(Parts& parts) { parts.server = MakePart<OneSignalServer>(); }

}  // namespace lockscope::daemon::bugs
