// Server: the event loop's side of the daemon. Welcomes clients, reads their calls onto dx, writes their replies, frees
// them when they are gone, starts the workers and ends them.
//
// The pool has between `workers` and `max_workers` of them: one more when a client comes and all are busy, fewer when there
// are more workers than clients.
//
// RequestQuit: any thread. Everything else: loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/daemon/acceptor.h"
#include "core/daemon/admission.h"
#include "core/daemon/daemon_log.h"
#include "core/daemon/dispatcher.h"
#include "core/daemon/parts.h"
#include "core/daemon/shared_state.h"
#include "core/daemon/worker.h"
#include "core/loop/event_loop.h"
#include "core/loop/poller.h"

namespace lockscope::daemon {

struct ServerOptions {
  int workers = 3;              // At the start, and at least.
  int max_workers = 0;          // The pool may grow to; 0: it stays as it is.
  int max_client_requests = 5;  // Read and not answered, per client; then it is not read any further.
  int max_clients = 5000;       // Connected at once; who comes then is told so, and closed.
  // The daemon ends when it has had no client, and its driver nothing to keep for one, for so long; 0: it does not.
  int64_t idle_timeout_ns = 0;
  int64_t handshake_timeout_ns = 10'000'000'000;  // For a handshake, or the call of one that is turned away.
  int64_t last_replies_ns = 500'000'000;          // At the end, for clients to take the replies that are on their tx.
  // Of events that wait on one client's tx; who is further behind is disconnected. This is ten thousand of them: more than
  // a client that reads at all falls behind, and little memory even times a thousand.
  size_t max_event_bytes = 1 << 20;
  bool handle_signals = false;     // SIGTERM, SIGINT and SIGHUP end the daemon in order.
  DaemonLog::Print log = nullptr;  // By the loop thread, with no lock held.
};

class Server {
 public:
  // All of them must outlive the server.
  Server(const ServerOptions& options, const Parts& parts, loop::Poller& poller, loop::EventLoop& event_loop,
         Listeners listeners, const Dispatcher& dispatcher);
  virtual ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before Run, by the leader: listeners and signals are watched from the first turn on.
  Result<void> Prepare() LS_REQUIRES(!sync::loop_held);

  // The loop thread's whole life: starts the workers, turns until somebody asks to quit, ends workers and clients.
  void Run();

  // The loop ends after its turn. Calls under way are finished, and their replies written to every client that reads.
  void RequestQuit() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  // How many clients are connected or not yet freed. Any thread.
  size_t client_count() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

 protected:
  // The steps in which servers differ (core/daemon/parts.h). Something may be done for the client: it is readable, or …
  virtual void OnClientReady(Client& client, uint32_t ready);
  // A client has come: whether there should be another worker.
  virtual bool WantsWorker() LS_REQUIRES(sync::on_loop_thread, sync::server_held);
  // All are to end, and to wake up for it.
  virtual void MarkWorkers() LS_REQUIRES(sync::on_loop_thread, sync::server_held);
  // Nobody will use it any more.
  virtual void FreeClient(std::unique_ptr<Client> client) LS_REQUIRES(sync::on_loop_thread, sync::server_held);

  // Reads and writes what `ready` says, and what it can.
  void ServeClient(Client& client, uint32_t ready)
      LS_REQUIRES(sync::on_loop_thread, sync::client_held, !sync::loop_held);

  const ServerOptions options_;  // Constant.
  SharedState shared_;
  std::vector<std::unique_ptr<Worker>> workers_;  // Loop thread only.

 private:
  void OnConnection(std::string name, std::unique_ptr<rpc::Transport> transport);
  void OnSignal();
  // True: another worker is wanted now.
  bool Welcome(std::unique_ptr<Client> client)
      LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  void OnLateClient(Client& client);

  Client::IoOutcome ReadCalls(Client& client) LS_REQUIRES(sync::on_loop_thread, sync::client_held, !sync::loop_held);
  void QueueCall(Client& client, rpc::Message message) LS_REQUIRES(sync::on_loop_thread, sync::client_held);
  void CloseClient(Client& client, trace::EventKind reason)
      LS_REQUIRES(sync::on_loop_thread, sync::client_held, !sync::loop_held);
  // Clients of which a worker has said that it is to be done.
  void DisconnectMarked() LS_REQUIRES(sync::on_loop_thread, sync::server_held, !sync::client_held, !sync::loop_held);
  void ShrinkPool() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  // The oldest worker without a job, if there are more than needed; marked, and woken to see it.
  std::unique_ptr<Worker> TakeSpareWorker() LS_REQUIRES(sync::on_loop_thread, sync::server_held);
  void StartIdleTimer() LS_REQUIRES(!sync::loop_held);
  void OnIdleTimeout();
  // True: the loop goes on.
  bool AfterTurn() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  void FreeDeadClients() LS_REQUIRES(sync::on_loop_thread, sync::server_held, !sync::client_held, !sync::loop_held);
  void StartWorker() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held);
  void EndWorkers() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  void EndClients() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  // True: some are left open, as they have yet to take what is on their tx.
  bool CloseClients(bool also_unwritten)
      LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  void AwaitLastReplies() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  size_t OpenClients() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  ObjectId ProcedureObject(std::string_view name) LS_REQUIRES(sync::on_loop_thread);

  // Constant after construction.
  const Parts& parts_;
  loop::Poller& poller_;

  // Loop thread only.
  DaemonLog log_;
  Acceptor acceptor_;
  Admission admission_;
  loop::TimerId idle_timer_ = 0;  // While there is no client.
  int last_worker_ = 0;
  std::map<std::string, std::unique_ptr<trace::RegisteredObject>, std::less<>> procedures_;  // By name.
  uint32_t last_job_ = 0;
  uint64_t last_client_ = 0;
  size_t dead_clients_ = 0;  // Closed and not freed.
};

}  // namespace lockscope::daemon
