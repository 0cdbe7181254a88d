// A handshake before the first call, as TLS has one, with messages of one byte: for controlled runs, where no secret is to be
// kept but the states, the waits and their effect on other clients are to be seen. A live run has real TLS (live_tls.h).
//
// Each round trip: the client sends a byte, the daemon answers with one. The daemon's last is 1, as libvirt's confirmation
// after a TLS handshake is.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/rpc/transport.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

// The daemon's end: a transport that is not ready for calls before its handshake is done. Never waits. Loop thread only.
class HandshakeTransport final : public rpc::Transport {
 public:
  HandshakeTransport(std::unique_ptr<rpc::Transport> inner, int round_trips);

  rpc::HandshakeStep Handshake() override;
  rpc::IoResult Read(std::span<std::byte> into) override { return inner_->Read(into); }
  rpc::IoResult Write(std::span<const std::byte> from) override { return inner_->Write(from); }
  void Close() override { inner_->Close(); }
  Handle handle() const override { return inner_->handle(); }
  std::string_view peer_name() const override { return inner_->peer_name(); }

 private:
  const std::unique_ptr<rpc::Transport> inner_;
  int left_;  // Round trips.
  bool owes_answer_ = false;
};

// The client program's side, on a transport that blocks. Fails where the daemon closes the connection.
Result<void> ShakeHands(rpc::Transport& transport, const HandshakeScript& script);

}  // namespace lockscope::scenario
