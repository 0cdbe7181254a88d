#include "core/daemon/acceptor.h"

#include "core/sync/guard.h"

namespace lockscope::daemon {
namespace {

constexpr int64_t kPauseNs = 100'000'000;

}  // namespace

Acceptor::Acceptor(loop::EventLoop& event_loop, Listeners listeners, DaemonLog& log, Accepted accepted)
    : loop_(event_loop), listeners_(std::move(listeners)), log_(log), accepted_(std::move(accepted)) {}

void Acceptor::Watch() {
  for (Listener* listener : listeners_) {
    watches_.push_back(loop_.AddHandle("listener", listener->handle(), loop::kIoReadable,
                                       [this, listener](uint32_t) { OnConnection(*listener); }));
  }
}

void Acceptor::Stop() {
  for (const loop::WatchId watch : watches_) loop_.RemoveHandle(watch);
  watches_.clear();
}

void Acceptor::OnConnection(Listener& listener) {
  sync::AssertNothingHeld();
  sync::AssertOnLoopThread("accepts a client");
  if (paused_) return;  // By another listener, in this turn.
  Result<std::unique_ptr<rpc::Transport>> transport = listener.Accept();
  if (!transport) return Pause(transport.error().message);
  if (*transport == nullptr) return;
  complained_ = false;
  std::string name((*transport)->peer_name());
  if (name.empty()) name = fmt::format("client-{}", ++last_unnamed_client_);
  accepted_(std::move(name), std::move(*transport));
}

void Acceptor::Pause(const std::string& reason) {
  paused_ = true;
  for (const loop::WatchId watch : watches_) loop_.UpdateHandle(watch, 0);
  loop_.AddTimer("accept again", kPauseNs, 0, [this] {
    sync::AssertNothingHeld();
    paused_ = false;
    for (const loop::WatchId watch : watches_) loop_.UpdateHandle(watch, loop::kIoReadable);
  });
  if (!complained_) log_.Add(fmt::format("{}; trying again every {} ms", reason, kPauseNs / 1'000'000));
  complained_ = true;
}

}  // namespace lockscope::daemon
