// LiveTls: real TLS for a live run: an authority of the run's own, the daemon's credentials, and the clients' side of the
// handshake. Nothing is written anywhere, nobody needs files.
//
// Made, and clients' credentials issued, by the run's own thread; ShakeHands: any thread, each its own connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/rpc/certificate_authority.h"
#include "core/rpc/tls_credentials.h"
#include "core/rpc/transport.h"

namespace lockscope::scenario {

using TlsKeys = std::shared_ptr<const rpc::TlsCredentials>;

class LiveTls {
 public:
  TlsKeys ForDaemon();
  TlsKeys ForClient(const std::string& name);

 private:
  rpc::CertificateAuthority authority_;
};

// The client program's side, on a connection that blocks: it takes `pause_ns` before each of its messages. Gives back what
// calls can be sent on. Fails where the daemon refuses it.
Result<std::unique_ptr<rpc::Transport>> ShakeHandsInTls(std::unique_ptr<rpc::Transport> connection, TlsKeys keys,
                                                        int64_t pause_ns);

}  // namespace lockscope::scenario
