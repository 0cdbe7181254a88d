// Admission: who may be the daemon's client. Handshakes and their deadlines, the limit on how many clients there are, and
// what becomes of those who are turned away.
//
// A client that is one too many is told so in the reply to its first call, by the loop and without a worker: one whose
// connection just closes may die of SIGPIPE, without a word. Flooding must not pay, so only a few are told at once, and
// each only until the deadline of a handshake; the rest are closed unread.
//
// A client that is let in, and done with its handshake, costs nothing here. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "core/daemon/client.h"
#include "core/daemon/daemon_log.h"
#include "core/loop/event_loop.h"

namespace lockscope::daemon {

class Admission {
 public:
  struct Limits {
    int max_clients = 0;
    int64_t handshake_timeout_ns = 0;
  };

  // `late` is called with no lock held when a client has had its time. `log` is told of each refusal.
  Admission(loop::EventLoop& event_loop, const Limits& limits, DaemonLog& log,
            std::function<void(Client& client)> late);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  enum class Verdict { kWelcome, kToBeTold, kClose };
  // Of a client that has just come, where so many are connected already.
  Verdict Judge(const Client& client, size_t connected);

  // Goes on with its handshake, if there is one to be done.
  Client::IoOutcome ShakeHands(Client& client) LS_REQUIRES(sync::on_loop_thread, sync::client_held, !sync::loop_held);
  // Its time runs, if it is shaking hands or to be told.
  void StartTime(Client& client) LS_REQUIRES(sync::client_held, !sync::loop_held);
  // It has had its time.
  void RefuseLate(Client& client) LS_REQUIRES(sync::client_held);
  // The refusal of its call, after which it is closed. It has been turned away.
  void Tell(Client& client, rpc::Message call) LS_REQUIRES(sync::client_held);
  // It is being closed.
  void Leave(Client& client) LS_REQUIRES(sync::client_held, !sync::loop_held);

 private:
  void StopTime(const Client& client) LS_REQUIRES(!sync::loop_held);

  loop::EventLoop& loop_;
  const Limits limits_;
  DaemonLog& log_;
  const std::function<void(Client& client)> late_;
  std::unordered_map<const Client*, loop::TimerId> timers_;
  std::unordered_set<const Client*> refused_;  // Their handshakes have failed; they have not gone yet.
  size_t to_be_told_ = 0;
};

}  // namespace lockscope::daemon
