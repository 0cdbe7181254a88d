// Listener: where connections come from. A seam: a Unix socket, or a queue in memory.
#pragma once

#include <memory>
#include <vector>

#include "core/base/handle.h"
#include "core/base/result.h"
#include "core/rpc/transport.h"

namespace lockscope::daemon {

class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  // Readable when a connection waits. Constant.
  virtual Handle handle() const = 0;

  // The next connection, non-blocking, its handle known to the Poller; null where none waits. An error (no descriptors
  // left) leaves the connection waiting: try again later. Loop thread only.
  virtual Result<std::unique_ptr<rpc::Transport>> Accept() = 0;

  // No more connections. Loop thread, or after it.
  virtual void Close() = 0;
};

using Listeners = std::vector<Listener*>;

}  // namespace lockscope::daemon
