// What connections are like for the connection target: in memory, in a controlled run, and as odd as sockets can be. Bytes
// come and go in small portions or not at all for a while, a handshake may stand before the first call, what is read may be
// decrypted in blocks first, and errors come out of the blue.
//
// For the threads of one ControlledRuntime.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/daemon/listener.h"
#include "core/rpc/memory_transport.h"
#include "core/sched/controlled_poller.h"

namespace lockscope::fuzz {

// The daemon's end of a connection, for whoever wants to make trouble there; null once the daemon has let it go.
using DaemonEnd = std::shared_ptr<rpc::MemoryTransport*>;

inline constexpr std::byte kHello{2};  // What a client has to send in each round trip of a handshake.

struct WireOptions {
  int handshakes = 0;         // Round trips of one byte before the first call.
  size_t block = 0;           // What is decrypted at once; 0: nothing is encrypted.
  size_t portion = SIZE_MAX;  // What a read gives, or a write takes, at most.
};

class OddListener final : public daemon::Listener {
 public:
  OddListener(sched::ControlledRuntime& runtime, sched::ControlledPoller& poller);

  struct Connection {
    std::unique_ptr<rpc::MemoryTransport> end;  // The client's. Nothing that is done to it waits.
    DaemonEnd daemon_end;
  };
  // A connection that waits to be accepted; without an end where the daemon no longer listens.
  Connection Connect(const WireOptions& options);
  // The next Accept finds no descriptor left.
  void FailNext() { fail_next_ = true; }
  size_t waiting() const { return waiting_.size(); }

  Handle handle() const override { return handle_; }
  Result<std::unique_ptr<rpc::Transport>> Accept() override;
  void Close() override;

 private:
  sched::ControlledRuntime& runtime_;
  sched::ControlledPoller& poller_;
  const Handle handle_;
  std::deque<std::unique_ptr<rpc::Transport>> waiting_;
  bool fail_next_ = false;
  bool closed_ = false;
};

}  // namespace lockscope::fuzz
