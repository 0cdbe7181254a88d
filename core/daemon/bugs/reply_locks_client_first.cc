// Bug: the reply takes the client's lock first, then the server's.
//
// The author's thought: "I answer this client, so it is its lock that I need; and the server's, too, as everybody takes that."
// Both locks are taken, only the other way round. Meanwhile the loop, in the right order, has the server lock and wants
// this client's: each has what the other waits for, and with the loop the whole daemon stands still.
// Breaks R1, server-before-client.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/worker.h"

namespace lockscope::daemon::bugs {
namespace {

class ClientFirstWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  void Reply() override;
};

// Without the exemption: "calling function 'mu' requires holding held-lock class 'server_held' exclusively", and
// "cannot call function 'mu' while mutex 'client_held' is held".
void ClientFirstWorker::Reply() LS_NO_THREAD_SAFETY_ANALYSIS {
  const ClientLock client_lock(client_->mu());
  ServerLock server_lock(shared_.mu());
  server_lock.unlock();
  client_->DropReference();
  QueueReply();
  UpdateWatch();
}

}  // namespace

void InstallReplyLocksClientFirst(Parts& parts) { parts.worker = MakePart<ClientFirstWorker>(); }

}  // namespace lockscope::daemon::bugs
