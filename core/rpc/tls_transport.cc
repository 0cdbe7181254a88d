#include "core/rpc/tls_transport.h"

#include <gnutls/gnutls.h>

#include <array>
#include <cerrno>

#include "core/base/check.h"

namespace lockscope::rpc {
namespace {

constexpr std::byte kConfirmation{1};
// Who is refused may have sent so much more before it knows.
constexpr size_t kMostUnreadBytes = 256 << 10;

gnutls_alert_description_t AlertFor(unsigned int verification) {
  if ((verification & GNUTLS_CERT_EXPIRED) != 0) return GNUTLS_A_CERTIFICATE_EXPIRED;
  if ((verification & GNUTLS_CERT_REVOKED) != 0) return GNUTLS_A_CERTIFICATE_REVOKED;
  if ((verification & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0) return GNUTLS_A_UNKNOWN_CA;
  return GNUTLS_A_BAD_CERTIFICATE;
}

gnutls_typed_vdata_st PurposeOfPeer(TlsRole role) {
  const char* purpose = KeyPurposeOf(role == TlsRole::kServer ? TlsRole::kClient : TlsRole::kServer);
  return {GNUTLS_DT_KEY_PURPOSE_OID, reinterpret_cast<unsigned char*>(const_cast<char*>(purpose)), 0};
}

}  // namespace

TlsTransport::TlsTransport(std::unique_ptr<Transport> inner, std::shared_ptr<const TlsCredentials> credentials)
    : inner_(std::move(inner)), credentials_(std::move(credentials)) {
  // The session keeps a pointer to what is to be verified.
  static gnutls_typed_vdata_st of_client = PurposeOfPeer(TlsRole::kServer);
  static gnutls_typed_vdata_st of_server = PurposeOfPeer(TlsRole::kClient);
  const bool server = credentials_->role() == TlsRole::kServer;
  const unsigned int end = server ? GNUTLS_SERVER : GNUTLS_CLIENT;
  int error = gnutls_init(&session_, end | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS);
  if (error == GNUTLS_E_SUCCESS) error = gnutls_set_default_priority(session_);
  if (error == GNUTLS_E_SUCCESS) {
    error = gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_->get());
  }
  LS_CHECK(error == GNUTLS_E_SUCCESS, "no TLS session can be made: {}", gnutls_strerror(error));
  if (server) gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
  gnutls_session_set_verify_cert2(session_, server ? &of_client : &of_server, 1, 0);
  gnutls_transport_set_ptr(session_, this);
  gnutls_transport_set_pull_function(session_, &TlsTransport::Pull);
  gnutls_transport_set_push_function(session_, &TlsTransport::Push);
  gnutls_transport_set_pull_timeout_function(session_, &TlsTransport::AwaitInput);
}

TlsTransport::~TlsTransport() { gnutls_deinit(session_); }

ssize_t TlsTransport::Report(const IoResult& result, int when_closed) {
  switch (result.status) {
    case IoStatus::kOk:
      return static_cast<ssize_t>(result.bytes);
    case IoStatus::kWouldBlock:
      gnutls_transport_set_errno(session_, EAGAIN);
      return -1;
    case IoStatus::kClosed:
      if (when_closed == 0) return 0;
      gnutls_transport_set_errno(session_, when_closed);
      return -1;
    case IoStatus::kError:
      gnutls_transport_set_errno(session_, result.error_number);
      return -1;
  }
  return -1;
}

ssize_t TlsTransport::Pull(void* self, void* into, size_t size) {
  auto* const transport = static_cast<TlsTransport*>(self);
  return transport->Report(transport->inner_->Read({static_cast<std::byte*>(into), size}), 0);
}

ssize_t TlsTransport::Push(void* self, const void* from, size_t size) {
  auto* const transport = static_cast<TlsTransport*>(self);
  return transport->Report(transport->inner_->Write({static_cast<const std::byte*>(from), size}), EPIPE);
}

// Asked before a read that must not wait: none of ours does where it must not.
int TlsTransport::AwaitInput(void* /*self*/, unsigned int /*timeout_ms*/) { return 1; }

HandshakeStep TlsTransport::Handshake() {
  while (stage_ == Stage::kShaking) {
    const int error = gnutls_handshake(session_);
    if (error == GNUTLS_E_SUCCESS) {
      stage_ = Stage::kConfirming;
    } else if (error == GNUTLS_E_AGAIN || gnutls_error_is_fatal(error) != 0) {
      return AfterError(error);
    }  // Else it was an interruption, or a warning of the peer's: it goes on.
  }
  if (stage_ == Stage::kConfirming) return Confirm();
  if (stage_ == Stage::kRefusing) return AwaitEnd();
  return stage_ == Stage::kOpen ? HandshakeStep::kDone : HandshakeStep::kFailed;
}

HandshakeStep TlsTransport::Confirm() {
  std::byte byte = kConfirmation;
  ssize_t moved = 0;
  do {
    moved = credentials_->role() == TlsRole::kServer ? gnutls_record_send(session_, &byte, 1)
                                                     : gnutls_record_recv(session_, &byte, 1);
  } while (moved < 0 && moved != GNUTLS_E_AGAIN && gnutls_error_is_fatal(static_cast<int>(moved)) == 0);
  if (moved < 0) return AfterError(static_cast<int>(moved));
  if (moved == 0) return FailWith("it closed the connection instead of a confirmation");
  if (byte != kConfirmation) return FailWith("it confirmed the handshake with another byte than 1");
  stage_ = Stage::kOpen;
  return HandshakeStep::kDone;
}

HandshakeStep TlsTransport::AfterError(int error) {
  if (error == GNUTLS_E_AGAIN) {
    return gnutls_record_get_direction(session_) == 0 ? HandshakeStep::kWantsRead : HandshakeStep::kWantsWrite;
  }
  const bool told = SendAlert(error);
  if (!told || credentials_->role() != TlsRole::kServer) return FailWith(ReasonFor(error));
  failure_ = ReasonFor(error);
  stage_ = Stage::kRefusing;
  inner_->CloseWriting();
  return AwaitEnd();
}

HandshakeStep TlsTransport::AwaitEnd() {
  std::array<std::byte, 4096> unread;
  while (unread_bytes_ < kMostUnreadBytes) {
    const IoResult result = inner_->Read(unread);
    if (result.status == IoStatus::kWouldBlock) return HandshakeStep::kWantsRead;
    if (result.status != IoStatus::kOk) break;
    unread_bytes_ += result.bytes;
  }
  stage_ = Stage::kFailed;
  return HandshakeStep::kFailed;
}

HandshakeStep TlsTransport::FailWith(std::string reason) {
  stage_ = Stage::kFailed;
  failure_ = std::move(reason);
  return HandshakeStep::kFailed;
}

// So that the peer knows, too. If it cannot be sent at once it is not sent: the connection ends anyway.
bool TlsTransport::SendAlert(int error) {
  switch (error) {
    case GNUTLS_E_FATAL_ALERT_RECEIVED:
    case GNUTLS_E_PREMATURE_TERMINATION:
    case GNUTLS_E_PULL_ERROR:
    case GNUTLS_E_PUSH_ERROR:
      return false;  // It has ended the connection itself.
    case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
      return gnutls_alert_send(session_, GNUTLS_AL_FATAL, AlertFor(gnutls_session_get_verify_cert_status(session_))) ==
             GNUTLS_E_SUCCESS;
    default:
      return gnutls_alert_send_appropriate(session_, error) == GNUTLS_E_SUCCESS;
  }
}

std::string TlsTransport::ReasonFor(int error) const {
  switch (error) {
    case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
      return fmt::format("its certificate {}", WhyNotTrusted(gnutls_session_get_verify_cert_status(session_)));
    case GNUTLS_E_NO_CERTIFICATE_FOUND:
    case GNUTLS_E_CERTIFICATE_REQUIRED:
      return "it shows no certificate";
    case GNUTLS_E_FATAL_ALERT_RECEIVED:
      return fmt::format("it ended the handshake: {}", gnutls_alert_get_name(gnutls_alert_get(session_)));
    case GNUTLS_E_PREMATURE_TERMINATION:
    case GNUTLS_E_PULL_ERROR:
    case GNUTLS_E_PUSH_ERROR:
      return "it closed the connection before the handshake was done";
    default:
      return fmt::format("its handshake failed: {}", gnutls_strerror(error));
  }
}

IoResult TlsTransport::IoFailure(ssize_t error) const {
  switch (error) {
    case GNUTLS_E_AGAIN:
      return {.status = IoStatus::kWouldBlock};
    case GNUTLS_E_PREMATURE_TERMINATION:  // Without TLS's good-bye, which many peers leave out.
    case GNUTLS_E_PUSH_ERROR:
      return {.status = IoStatus::kClosed};
    default:
      return {.status = IoStatus::kError, .error_number = EPROTO};
  }
}

IoResult TlsTransport::Read(std::span<std::byte> into) {
  LS_CHECK(!into.empty(), "an empty read could not be told from the end of the stream");
  if (stage_ != Stage::kOpen) return {.status = IoStatus::kClosed};
  ssize_t moved = 0;
  do {
    moved = gnutls_record_recv(session_, into.data(), into.size());
    // A handshake anew (TLS 1.2) is not needed and not done; all else that is not fatal is over when it is reported.
  } while (moved < 0 && moved != GNUTLS_E_AGAIN && moved != GNUTLS_E_REHANDSHAKE &&
           gnutls_error_is_fatal(static_cast<int>(moved)) == 0);
  if (moved > 0) return {.status = IoStatus::kOk, .bytes = static_cast<size_t>(moved)};
  if (moved == 0) return {.status = IoStatus::kClosed};
  return IoFailure(moved);
}

IoResult TlsTransport::Write(std::span<const std::byte> from) {
  LS_CHECK(!from.empty(), "an empty write has no outcome");
  if (stage_ != Stage::kOpen) return {.status = IoStatus::kClosed};
  ssize_t moved = 0;
  do {
    moved = gnutls_record_send(session_, from.data(), from.size());
  } while (moved < 0 && moved != GNUTLS_E_AGAIN && gnutls_error_is_fatal(static_cast<int>(moved)) == 0);
  if (moved > 0) return {.status = IoStatus::kOk, .bytes = static_cast<size_t>(moved)};
  return IoFailure(moved);
}

// GnuTLS decrypts whole records, of up to 16 KiB, and takes no more from the inner transport than the one it decrypts. What
// that one has read ahead may be less than a record: the next Read takes it all the same, and has nothing to deliver.
bool TlsTransport::has_buffered_input() const {
  return stage_ == Stage::kOpen && (gnutls_record_check_pending(session_) > 0 || inner_->has_buffered_input());
}

void TlsTransport::Close() {
  if (stage_ == Stage::kClosed) return;
  if (stage_ == Stage::kOpen) gnutls_bye(session_, GNUTLS_SHUT_WR);  // As far as it goes without waiting.
  stage_ = Stage::kClosed;
  inner_->Close();
}

}  // namespace lockscope::rpc
