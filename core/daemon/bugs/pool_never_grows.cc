// Bug: the pool keeps the workers that it began with, though it may have more.
//
// The author's thought: "min_workers are enough on a quiet day; the growing can wait." Then one call is slow. Its worker
// can do nothing about it, and no other is there: calls that would take no time at all wait behind the slow one, whoever
// made them.
// No rule of the model stands against it; what tells is how long calls wait.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/server.h"

namespace lockscope::daemon::bugs {
namespace {

class FixedPoolServer final : public Server {
 public:
  using Server::Server;

 private:
  bool WantsWorker() override LS_REQUIRES(sync::on_loop_thread, sync::server_held);
};

bool FixedPoolServer::WantsWorker() { return false; }

}  // namespace

void InstallPoolNeverGrows(Parts& parts) { parts.server = MakePart<FixedPoolServer>(); }

}  // namespace lockscope::daemon::bugs
