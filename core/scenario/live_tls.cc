#include "core/scenario/live_tls.h"

#include <utility>

#include "core/base/check.h"
#include "core/rpc/tls_transport.h"
#include "core/sync/thread.h"

namespace lockscope::scenario {
namespace {

TlsKeys Usable(const rpc::TlsPem& pem, rpc::TlsRole role) {
  Result<TlsKeys> keys = rpc::TlsCredentials::FromPem(pem, role);
  LS_CHECK(keys.has_value(), "what was just made cannot be used: {}", keys.error().message);
  return std::move(*keys);
}

// A peer that thinks before it answers: a message of the handshake is all that is written between two reads.
class ThinkingTransport final : public rpc::Transport {
 public:
  ThinkingTransport(std::unique_ptr<rpc::Transport> inner, int64_t pause_ns)
      : inner_(std::move(inner)), pause_ns_(pause_ns) {}

  rpc::IoResult Read(std::span<std::byte> into) override {
    has_thought_ = false;
    return inner_->Read(into);
  }
  rpc::IoResult Write(std::span<const std::byte> from) override {
    if (pause_ns_ > 0 && !std::exchange(has_thought_, true)) sync::SleepFor(pause_ns_);
    return inner_->Write(from);
  }
  void Close() override { inner_->Close(); }
  Handle handle() const override { return inner_->handle(); }
  std::string_view peer_name() const override { return inner_->peer_name(); }

  void StopThinking() { pause_ns_ = 0; }

 private:
  const std::unique_ptr<rpc::Transport> inner_;
  int64_t pause_ns_;
  bool has_thought_ = false;
};

}  // namespace

TlsKeys LiveTls::ForDaemon() {
  return Usable(authority_.Issue("lockscope", rpc::TlsRole::kServer), rpc::TlsRole::kServer);
}

TlsKeys LiveTls::ForClient(const std::string& name) {
  return Usable(authority_.Issue(name, rpc::TlsRole::kClient), rpc::TlsRole::kClient);
}

Result<std::unique_ptr<rpc::Transport>> ShakeHandsInTls(std::unique_ptr<rpc::Transport> connection, TlsKeys keys,
                                                        int64_t pause_ns) {
  auto thinking = std::make_unique<ThinkingTransport>(std::move(connection), pause_ns);
  ThinkingTransport& thinker = *thinking;
  auto tls = std::make_unique<rpc::TlsTransport>(std::move(thinking), std::move(keys));
  if (tls->Handshake() != rpc::HandshakeStep::kDone) return Fail("the handshake failed: {}", tls->failure());
  thinker.StopThinking();
  return std::unique_ptr<rpc::Transport>(std::move(tls));
}

}  // namespace lockscope::scenario
