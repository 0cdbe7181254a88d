// MemoryListener: connections that exist in memory only, for a daemon on a FakePoller.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "core/daemon/listener.h"
#include "core/rpc/memory_transport.h"
#include "tests/support/fake_poller.h"

namespace lockscope::testing {

// Belongs to the loop's thread, and to the test while that is parked.
class MemoryListener final : public daemon::Listener {
 public:
  explicit MemoryListener(FakePoller& poller);  // The poller must outlive the listener and its connections.

  // Makes the daemon's end of what it is in the test; null: it stays as it is.
  using Wrap = std::function<std::unique_ptr<rpc::Transport>(std::unique_ptr<rpc::MemoryTransport>)>;
  // The client's end of a connection that waits to be accepted. `daemon_limits`: what the daemon's end moves at once.
  std::unique_ptr<rpc::MemoryTransport> Connect(const std::string& name,
                                                rpc::MemoryTransport::Limits daemon_limits = {},
                                                const Wrap& wrap = nullptr);
  // The next Accept fails, as if the process had no descriptors left.
  void FailNext() { fail_next_ = true; }
  bool closed() const { return closed_; }

  Handle handle() const override { return handle_; }
  Result<std::unique_ptr<rpc::Transport>> Accept() override;
  void Close() override { closed_ = true; }

 private:
  FakePoller& poller_;
  const Handle handle_;
  std::deque<std::unique_ptr<rpc::Transport>> waiting_;
  bool fail_next_ = false;
  bool closed_ = false;
};

}  // namespace lockscope::testing
