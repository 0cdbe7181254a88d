// TlsTransport: a Transport whose bytes are encrypted on another one, which may block or not. Either end.
//
//   stage      | what Handshake() does                                      | next
//   shaking    | TLS's own handshake, in which each end checks the other's  | confirming,
//              | certificate: authority, time, purpose                      | refusing, failed
//   confirming | the server sends one byte 1, the client awaits it          | open, failed
//   open       | nothing: Read and Write may be called                      | closed
//   refusing   | a server that has said why reads on, for nothing, until    | failed
//              | the client ends the connection                             |
//   failed     | nothing: failure() says why                                | closed
//
// A connection that is closed while something lies unread in its socket is reset, and what was sent before, like the reason, is
// lost on its way (RFC 2525, 2.17); the client, which is still sending, may even be killed by a signal. Hence "refusing".
//
// The byte is libvirt's: a client whose certificate is refused after TLS has begun would not know, as in TLS 1.3 its own
// handshake is over by then. The server sends nothing else before it, session tickets included.
// GnuTLS is the library (its manual: "Asynchronous operation"). Threads: see transport.h.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "core/rpc/tls_credentials.h"
#include "core/rpc/transport.h"

struct gnutls_session_int;

namespace lockscope::rpc {

class TlsTransport final : public Transport {
 public:
  TlsTransport(std::unique_ptr<Transport> inner, std::shared_ptr<const TlsCredentials> credentials);
  ~TlsTransport() override;

  HandshakeStep Handshake() override;
  std::string_view failure() const override { return failure_; }
  IoResult Read(std::span<std::byte> into) override;
  // After kWouldBlock the next Write must begin with the same bytes: some of them may be under way already.
  IoResult Write(std::span<const std::byte> from) override;
  bool has_buffered_input() const override;
  bool encrypted() const override { return true; }
  void Close() override;
  Handle handle() const override { return inner_->handle(); }
  std::string_view peer_name() const override { return inner_->peer_name(); }
  std::string_view peer_address() const override { return inner_->peer_address(); }

 private:
  enum class Stage { kShaking, kConfirming, kOpen, kRefusing, kFailed, kClosed };

  // What GnuTLS calls to move bytes, with this object as its first argument.
  static ssize_t Pull(void* self, void* into, size_t size);
  static ssize_t Push(void* self, const void* from, size_t size);
  static int AwaitInput(void* self, unsigned int timeout_ms);
  ssize_t Report(const IoResult& result, int when_closed);

  // The next step after a call of GnuTLS that returned an error.
  HandshakeStep AfterError(int error);
  HandshakeStep FailWith(std::string reason);
  std::string ReasonFor(int error) const;
  bool SendAlert(int error);
  HandshakeStep AwaitEnd();
  HandshakeStep Confirm();
  IoResult IoFailure(ssize_t error) const;

  const std::unique_ptr<Transport> inner_;
  const std::shared_ptr<const TlsCredentials> credentials_;
  gnutls_session_int* session_ = nullptr;
  Stage stage_ = Stage::kShaking;
  std::string failure_;
  size_t unread_bytes_ = 0;  // Came after the reason was told.
};

}  // namespace lockscope::rpc
