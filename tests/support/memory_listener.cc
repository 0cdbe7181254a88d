#include "tests/support/memory_listener.h"

namespace lockscope::testing {

MemoryListener::MemoryListener(FakePoller& poller)
    : poller_(poller), handle_(poller.Add([this] { return waiting_.empty() ? 0 : loop::kIoReadable; })) {}

std::unique_ptr<rpc::MemoryTransport> MemoryListener::Connect(const std::string& name,
                                                              rpc::MemoryTransport::Limits daemon_limits,
                                                              const Wrap& wrap) {
  const Handle handle = poller_.Add();
  rpc::MemoryTransport::Pair ends = rpc::MemoryTransport::MakePair(name, "daemon", {}, handle);
  ends.second->SetLimits(daemon_limits);
  // Asked only while the handle is watched, and the daemon's end lives longer than that.
  poller_.SetSource(handle, [end = ends.second.get()] {
    return (end->readable() ? loop::kIoReadable : 0) | (end->writable() ? loop::kIoWritable : 0);
  });
  waiting_.push_back(wrap ? wrap(std::move(ends.second)) : std::move(ends.second));
  return std::move(ends.first);
}

Result<std::unique_ptr<rpc::Transport>> MemoryListener::Accept() {
  if (std::exchange(fail_next_, false)) return Fail("cannot accept a connection: Too many open files");
  if (waiting_.empty()) return nullptr;
  std::unique_ptr<rpc::Transport> next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

}  // namespace lockscope::testing
