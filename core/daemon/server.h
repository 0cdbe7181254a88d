// Server: the event loop's side of the daemon. Accepts clients, reads their calls onto dx, writes their replies, frees
// them when they are gone, starts the workers and ends them.
//
// RequestQuit: any thread. Everything else: loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/daemon/dispatcher.h"
#include "core/daemon/listener.h"
#include "core/daemon/shared_state.h"
#include "core/daemon/worker.h"
#include "core/loop/event_loop.h"
#include "core/loop/poller.h"

namespace lockscope::daemon {

struct ServerOptions {
  int workers = 3;
  int max_client_requests = 5;  // Read and not answered, per client; then it is not read any further.
  bool handle_signals = false;  // SIGTERM and SIGINT end the daemon in order.
};

class Server {
 public:
  Server(const ServerOptions& options, loop::Poller& poller, loop::EventLoop& event_loop, Listener& listener,
         const Dispatcher& dispatcher);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before Run, by the leader: listener and signals are watched from the first turn on.
  Result<void> Prepare() LS_REQUIRES(!sync::loop_held);

  // The loop thread's whole life: starts the workers, turns until somebody asks to quit, ends workers and clients.
  void Run();

  // The loop ends after its turn. Calls under way are finished, their replies written if the client takes them at once.
  void RequestQuit() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  // How many clients are connected or not yet freed. Any thread.
  size_t client_count() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

 private:
  void OnConnection();
  void PauseAccepting() LS_REQUIRES(!sync::loop_held);
  void OnSignal();
  void OnClientReady(Client& client, uint32_t ready);

  Client::IoOutcome ReadCalls(Client& client) LS_REQUIRES(sync::on_loop_thread, sync::client_held, !sync::loop_held);
  void QueueCall(Client& client, rpc::Message message) LS_REQUIRES(sync::on_loop_thread, sync::client_held);
  void CloseClient(Client& client, trace::EventKind reason)
      LS_REQUIRES(sync::on_loop_thread, sync::client_held, !sync::loop_held);
  // True: the loop goes on.
  bool AfterTurn() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  void FreeDeadClients() LS_REQUIRES(sync::on_loop_thread, sync::server_held, !sync::client_held, !sync::loop_held);
  void EndWorkers() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  void EndClients() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);
  ObjectId ProcedureObject(std::string_view name) LS_REQUIRES(sync::on_loop_thread);

  // Constant after construction.
  const ServerOptions options_;
  loop::Poller& poller_;
  Listener& listener_;

  SharedState shared_;

  // Loop thread only.
  loop::WatchId listener_watch_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::map<std::string, std::unique_ptr<trace::RegisteredObject>, std::less<>> procedures_;  // By name.
  uint32_t last_job_ = 0;
  uint32_t last_unnamed_client_ = 0;
  size_t dead_clients_ = 0;  // Closed and not freed.
};

}  // namespace lockscope::daemon
