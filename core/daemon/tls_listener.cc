#include "core/daemon/tls_listener.h"

#include "core/base/check.h"
#include "core/rpc/tls_transport.h"

namespace lockscope::daemon {

TlsListener::TlsListener(std::unique_ptr<Listener> inner, std::shared_ptr<const rpc::TlsCredentials> credentials)
    : inner_(std::move(inner)), credentials_(std::move(credentials)) {
  LS_CHECK(credentials_->role() == rpc::TlsRole::kServer, "a listener has been given a client's credentials");
}

Result<std::unique_ptr<rpc::Transport>> TlsListener::Accept() {
  Result<std::unique_ptr<rpc::Transport>> connection = inner_->Accept();
  if (!connection || *connection == nullptr) return connection;
  return std::make_unique<rpc::TlsTransport>(std::move(*connection), credentials_);
}

}  // namespace lockscope::daemon
