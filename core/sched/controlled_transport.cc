#include "core/sched/controlled_transport.h"

namespace lockscope::sched {

using rpc::IoResult;
using rpc::IoStatus;
using sync::Action;

ControlledTransport::Pair ControlledTransport::Connect(ControlledRuntime& runtime, ControlledPoller& poller,
                                                       std::string client_name,
                                                       const rpc::MemoryTransport::Limits& daemon_limits) {
  const UnseenByRaceDetector unseen;
  const Handle handle = poller.Add();
  const ObjectId id = trace::RegisterObject(trace::ObjectType::kClient, client_name);
  trace::RetireObject(id);  // Of no recording: it only tells connections apart.
  rpc::MemoryTransport::Pair ends = rpc::MemoryTransport::MakePair(std::move(client_name), "daemon", {}, handle);
  ends.second->SetLimits(daemon_limits);
  rpc::MemoryTransport* const daemon_end = ends.second.get();
  poller.SetReadiness(handle, [daemon_end] {
    return (daemon_end->readable() ? loop::kIoReadable : 0) | (daemon_end->writable() ? loop::kIoWritable : 0);
  });
  daemon_end->SetObserver([&poller] { poller.Changed(); });
  rpc::MemoryTransport* const client_end = ends.first.get();
  client_end->SetObserver([&runtime, client_end] { runtime.WakeAt(client_end); });
  Pair pair;
  pair.client.reset(new ControlledTransport(runtime, std::move(ends.first), id, true));
  pair.daemon.reset(new ControlledTransport(runtime, std::move(ends.second), id, false));
  return pair;
}

ControlledTransport::ControlledTransport(ControlledRuntime& runtime, std::unique_ptr<rpc::MemoryTransport> end,
                                         ObjectId id, bool blocks)
    : runtime_(runtime), end_(std::move(end)), id_(id), blocks_(blocks) {}

// Closing it tells the other end, which may be waiting: the last thing that this end does.
ControlledTransport::~ControlledTransport() {
  const UnseenByRaceDetector unseen;
  end_.reset();  // Here, not after the body: the two ends share what they count references to.
}

template <typename Move>
IoResult ControlledTransport::Blocking(Action action, const Move& move) {
  if (!runtime_.Step(action, id_)) return {.status = IoStatus::kClosed};
  while (true) {
    IoResult result;
    {
      const UnseenByRaceDetector unseen;
      result = move();
    }
    if (!blocks_ || result.status != IoStatus::kWouldBlock) return result;
    runtime_.WaitAt(end_.get(), ThreadStatus::kReading, id_, sync::Runtime::kForEver);
  }
}

IoResult ControlledTransport::Read(std::span<std::byte> into) {
  return Blocking(Action::kRead, [&] { return end_->Read(into); });
}

IoResult ControlledTransport::Write(std::span<const std::byte> from) {
  return Blocking(Action::kWrite, [&] { return end_->Write(from); });
}

void ControlledTransport::Close() {
  if (!runtime_.Step(Action::kWrite, id_)) return;
  const UnseenByRaceDetector unseen;
  end_->Close();
}

}  // namespace lockscope::sched
