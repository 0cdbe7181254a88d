// Bug: the event loop locks the client that it serves without the server lock.
//
// The author's thought: "Only this thread frees clients, so I know that this one is there; why fetch it through the
// server?" No order of two locks is broken: this is one lock alone. But the scan's proof is (core/daemon/THREADING.md): a
// worker has looked at this client, found nothing, and still holds the server lock. Now the loop queues a call and signals,
// and nobody sleeps yet; then the worker goes to sleep. A call is queued, and everybody sleeps: the wake-up is lost.
// Breaks R1, server-before-client.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/server.h"
#include "core/sync/guard.h"
#include "core/sync/wake_queue.h"

namespace lockscope::daemon::bugs {
namespace {

class ShortCutServer final : public Server {
 public:
  using Server::Server;

 private:
  void OnClientReady(Client& client, uint32_t ready) override;
};

// Without the exemption: "calling function 'mu' requires holding held-lock class 'server_held' exclusively".
void ShortCutServer::OnClientReady(Client& client, uint32_t ready) LS_NO_THREAD_SAFETY_ANALYSIS {
  sync::AssertNothingHeld();
  sync::AssertOnLoopThread("reads and writes a client's socket");
  const sync::WakeQueue wakes;  // A worker is woken when the client's lock, which it will ask for, is free.
  const ClientLock client_lock(client.mu());
  ServeClient(client, ready);
}

}  // namespace

void InstallClientWithoutServerLock(Parts& parts) { parts.server = MakePart<ShortCutServer>(); }

}  // namespace lockscope::daemon::bugs
