// Bug: the worker queues the reply and does not update the client's watch.
//
// The author's thought: "The reply is on tx, and the loop writes what is on tx." So it does, when it looks. But it sleeps in
// poll, watching this client for input alone, and the client waits for the reply before it sends any more: the reply stays
// where it is until something else wakes the loop. On a busy day something always does, and nobody notices.
// No rule of the model stands against it; what tells is a reply that is queued and not written.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/worker.h"

namespace lockscope::daemon::bugs {
namespace {

class QuietWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  void Reply() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
};

void QuietWorker::Reply() {
  ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client_->mu());
  server_lock.unlock();
  client_->DropReference();
  QueueReply();
}

}  // namespace

void InstallWatchNotUpdated(Parts& parts) { parts.worker = MakePart<QuietWorker>(); }

}  // namespace lockscope::daemon::bugs
