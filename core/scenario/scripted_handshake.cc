#include "core/scenario/scripted_handshake.h"

#include "core/sync/thread.h"

namespace lockscope::scenario {

using rpc::HandshakeStep;
using rpc::IoResult;
using rpc::IoStatus;

namespace {

constexpr std::byte kHello{2};
constexpr std::byte kGoOn{3};
constexpr std::byte kConfirmed{1};

}  // namespace

HandshakeTransport::HandshakeTransport(std::unique_ptr<rpc::Transport> inner, int round_trips)
    : inner_(std::move(inner)), left_(round_trips) {}

HandshakeStep HandshakeTransport::Handshake() {
  while (left_ > 0) {
    if (!owes_answer_) {
      std::byte hello{};
      const IoResult read = inner_->Read({&hello, 1});
      if (read.status == IoStatus::kWouldBlock) return HandshakeStep::kWantsRead;
      if (read.status != IoStatus::kOk || hello != kHello) return HandshakeStep::kFailed;
      owes_answer_ = true;
    }
    const std::byte answer = left_ == 1 ? kConfirmed : kGoOn;
    const IoResult written = inner_->Write({&answer, 1});
    if (written.status == IoStatus::kWouldBlock) return HandshakeStep::kWantsWrite;
    if (written.status != IoStatus::kOk) return HandshakeStep::kFailed;
    owes_answer_ = false;
    --left_;
  }
  return HandshakeStep::kDone;
}

Result<void> ShakeHands(rpc::Transport& transport, const HandshakeScript& script) {
  for (int left = script.round_trips; left > 0; --left) {
    if (script.pause_ns > 0) sync::SleepFor(script.pause_ns);
    std::byte answer{};
    if (transport.Write({&kHello, 1}).status != IoStatus::kOk || transport.Read({&answer, 1}).status != IoStatus::kOk) {
      return Fail("the handshake failed: the daemon closed the connection");
    }
    if (answer != (left == 1 ? kConfirmed : kGoOn)) return Fail("the handshake failed: an answer of another kind");
  }
  return {};
}

}  // namespace lockscope::scenario
