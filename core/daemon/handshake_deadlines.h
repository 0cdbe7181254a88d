// HandshakeDeadlines: a timer for each client whose handshake is under way, or who is only to be told that it is turned away.
// Every other client costs nothing. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "core/daemon/client.h"
#include "core/loop/event_loop.h"

namespace lockscope::daemon {

class HandshakeDeadlines {
 public:
  // `missed` is called with no lock held, once, when a handshake has taken `timeout_ns`.
  HandshakeDeadlines(loop::EventLoop& event_loop, int64_t timeout_ns, std::function<void(Client& client)> missed)
      : loop_(event_loop), timeout_ns_(timeout_ns), missed_(std::move(missed)) {}

  void Start(Client& client) LS_REQUIRES(!sync::loop_held);
  // It is done, or its client is closed. Does nothing where there is no timer.
  void Stop(const Client& client) LS_REQUIRES(!sync::loop_held);

 private:
  loop::EventLoop& loop_;
  const int64_t timeout_ns_;
  const std::function<void(Client& client)> missed_;
  std::unordered_map<const Client*, loop::TimerId> timers_;
};

}  // namespace lockscope::daemon
