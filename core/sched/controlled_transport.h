// ControlledTransport: one end of a connection of a controlled run. Each read and write is a step of the schedule; the
// daemon's end tells its poller when it becomes ready, the client's end waits like a blocking socket.
//
// For the threads of one ControlledRuntime.
#pragma once

#include <memory>
#include <string>

#include "core/rpc/memory_transport.h"
#include "core/sched/controlled_poller.h"

namespace lockscope::sched {

class ControlledTransport final : public rpc::Transport {
 public:
  struct Pair {
    std::unique_ptr<ControlledTransport> client;  // Blocks.
    std::unique_ptr<ControlledTransport> daemon;  // Has a handle of the poller.
  };
  // `daemon_limits`: what the daemon's end moves at once, and holds.
  static Pair Connect(ControlledRuntime& runtime, ControlledPoller& poller, std::string client_name,
                      const rpc::MemoryTransport::Limits& daemon_limits = {});
  ~ControlledTransport() override;

  rpc::IoResult Read(std::span<std::byte> into) override;
  rpc::IoResult Write(std::span<const std::byte> from) override;
  void Close() override;
  Handle handle() const override { return end_->handle(); }
  std::string_view peer_name() const override { return end_->peer_name(); }

  bool readable() const { return end_->readable(); }
  bool writable() const { return end_->writable(); }

 private:
  ControlledTransport(ControlledRuntime& runtime, std::unique_ptr<rpc::MemoryTransport> end, ObjectId id, bool blocks);
  template <typename Move>
  rpc::IoResult Blocking(sync::Action action, const Move& move);

  ControlledRuntime& runtime_;
  std::unique_ptr<rpc::MemoryTransport> end_;  // Never null.
  const ObjectId id_;                          // The connection's, for schedules: both ends touch it.
  const bool blocks_;
};

}  // namespace lockscope::sched
