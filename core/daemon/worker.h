// Worker: one thread of the pool. Waits for a job, makes the driver call with no lock held, tells who wants to
// know what it caused, queues the reply.
//
// Loop thread only, except for the three steps, which are the worker's own thread's, and which are where workers differ
// (core/daemon/parts.h).
#pragma once

#include <optional>
#include <string>

#include "core/daemon/shared_state.h"
#include "core/sync/thread.h"

namespace lockscope::daemon {

class Worker {
 public:
  Worker(std::string name, SharedState& shared);
  virtual ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Starts its thread. Once.
  void Start();
  // Marks it; it ends when it has seen the mark, after the broadcast of the job condition that must follow: a signal
  // might wake another one. A job that it makes now is still finished.
  void MarkQuit() LS_REQUIRES(sync::server_held) { quit_ = true; }
  // Waits for its end, with no lock held: it needs the server lock to end.
  void Join() LS_REQUIRES(!sync::server_held, !sync::client_held);
  // It has a job: from when it has found one until it looks for the next.
  bool busy() const LS_REQUIRES(sync::server_held) { return busy_; }

 protected:
  // Waits until a client has a job, and takes it. False: the worker is to quit.
  virtual bool TakeJob() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  // R3: no lock is held around the driver call.
  virtual void MakeCall() LS_DRIVER_CALL;
  virtual void Reply() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  // The parts of the steps. The job of client_, whose lock is held, becomes this worker's.
  void TakeJobOf(Client& client) LS_REQUIRES(sync::client_held);
  // Puts the reply on client_'s tx.
  void QueueReply() LS_REQUIRES(sync::client_held);
  // The loop sleeps with older wishes of client_: it is to watch for what is wanted now.
  void UpdateWatch() LS_REQUIRES(sync::client_held, !sync::loop_held);

  SharedState& shared_;
  bool quit_ LS_GUARDED_BY(sync::server_held) = false;
  bool busy_ LS_GUARDED_BY(sync::server_held) = false;

  // This thread only: its job, from TakeJob to Reply.
  Client* client_ = nullptr;
  std::optional<Job> job_;
  std::optional<Call> call_;

 private:
  void Run();

  const std::string name_;
  std::optional<sync::Thread> thread_;
};

}  // namespace lockscope::daemon
