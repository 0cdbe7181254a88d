// LooplessPool: real workers, real clients and the real condition, and no event loop: the test's own thread does what the
// loop does about jobs, and a driver that answers at once does the rest.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/daemon/make_part.h"
#include "core/daemon/shared_state.h"
#include "core/daemon/worker.h"
#include "core/rpc/memory_transport.h"
#include "core/sync/thread_state.h"
#include "tests/support/fake_poller.h"

namespace lockscope::daemon {

class LooplessPool {
 public:
  // `client_locks`: of the clients, in order; for workers that do what they must not.
  using MakeWorker = std::function<std::unique_ptr<Worker>(std::string name, SharedState& shared,
                                                           const std::vector<sync::Mutex*>& client_locks)>;

  static std::unique_ptr<Worker> MakeCorrectWorker(std::string name, SharedState& shared,
                                                   const std::vector<sync::Mutex*>& /*client_locks*/) {
    return std::make_unique<Worker>(std::move(name), shared);
  }

  LooplessPool(Driver& driver, int workers, int clients, const MakeWorker& make_worker = MakeCorrectWorker)
      LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held)
      : dispatcher_(driver) {
    {
      const ServerLock server_lock(shared_.mu());
      for (int i = 0; i < clients; ++i) {
        shared_.clients.push_back(std::make_unique<Client>(
            "client-" + std::to_string(i), std::move(rpc::MemoryTransport::MakePair().first), kManyRequests));
      }
    }
    for (int i = 0; i < clients; ++i) Open(i);
    for (int i = 0; i < workers; ++i) {
      workers_.push_back(make_worker("worker-" + std::to_string(i), shared_, client_locks_));
      workers_.back()->Start();
    }
  }

  // As Server::OnClientReady and QueueCall do it: server lock, client lock, drop the server lock, push, signal.
  void Push(int client_index) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
    ServerLock server_lock(shared_.mu());
    Client& client = *shared_.clients[static_cast<size_t>(client_index)];
    const ClientLock client_lock(client.mu());
    server_lock.unlock();
    client.QueueJob(NextJob());
    shared_.job.signal();
  }

  // The bug: the client is reached without the server lock. Without the exemption:
  // "calling function 'mu' requires holding held-lock class 'server_held' exclusively".
  void PushPastTheServerLock(int client_index) LS_NO_THREAD_SAFETY_ANALYSIS {
    Client& client = *shared_.clients[static_cast<size_t>(client_index)];
    const ClientLock client_lock(client.mu());
    client.QueueJob(NextJob());
    shared_.job.signal();
  }

  // As Server::ShrinkPool does it, or with a signal in the place of the broadcast.
  void EndFirst(bool broadcast) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
    {
      const ServerLock server_lock(shared_.mu());
      workers_.front()->MarkQuit();
      if (broadcast) {
        shared_.job.broadcast();
      } else {
        shared_.job.signal();
      }
    }
    workers_.front()->Join();
    workers_.erase(workers_.begin());
  }

  // Waits until nobody can go on: the run ends there, and everybody sleeps. Does not return.
  void StandStill() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) { workers_.front()->Join(); }

  void End() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
    {
      const ServerLock server_lock(shared_.mu());
      for (const auto& worker : workers_) worker->MarkQuit();
      shared_.job.broadcast();
    }
    for (const auto& worker : workers_) worker->Join();
  }

  uint32_t jobs() const { return last_job_; }

 private:
  static constexpr int kManyRequests = 1'000;

  void Open(int client_index) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
    const ServerLock server_lock(shared_.mu());
    Client& client = *shared_.clients[static_cast<size_t>(client_index)];
    const ClientLock client_lock(client.mu());
    client.connection().open = true;
    client_locks_.push_back(const_cast<sync::Mutex*>(sync::ThreadState::Current().held().back().mutex));
  }
  Job NextJob() {
    Job job{.number = ++last_job_, .procedure = procedure_.id(), .message = {}};
    job.message.Compose({.procedure = LS_CONNECT_HOSTNAME, .serial = last_job_});
    return job;
  }

  testing::FakePoller poller_;
  loop::EventLoop loop_{poller_};
  const Dispatcher dispatcher_;
  SharedState shared_{loop_, dispatcher_};
  const trace::RegisteredObject procedure_{trace::ObjectType::kProcedure, "hostname"};
  uint32_t last_job_ = 0;
  std::vector<sync::Mutex*> client_locks_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace lockscope::daemon
