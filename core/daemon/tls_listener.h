// TlsListener: another listener's connections, each with a TLS handshake before its first call. Threads: see listener.h.
#pragma once

#include <memory>

#include "core/daemon/listener.h"
#include "core/rpc/tls_credentials.h"

namespace lockscope::daemon {

class TlsListener final : public Listener {
 public:
  // The server's credentials.
  TlsListener(std::unique_ptr<Listener> inner, std::shared_ptr<const rpc::TlsCredentials> credentials);

  Handle handle() const override { return inner_->handle(); }
  Result<std::unique_ptr<rpc::Transport>> Accept() override;
  void Close() override { inner_->Close(); }

 private:
  const std::unique_ptr<Listener> inner_;
  const std::shared_ptr<const rpc::TlsCredentials> credentials_;
};

}  // namespace lockscope::daemon
