// TlsCredentials: what one end of a TLS connection shows of itself, and whom it trusts. Loaded once, then shared by all
// connections of that end; constant, so any thread.
//
// Both ends show a certificate and want the other one's to be signed by the same authority: that is the whole access
// control of the protocol over TLS.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

struct gnutls_certificate_credentials_st;

namespace lockscope::rpc {

enum class TlsRole { kServer, kClient };

// Texts in PEM form.
struct TlsPem {
  std::string authority;    // Whose signature is trusted: one certificate or more.
  std::string certificate;  // This end's, and the authorities between it and the trusted one. "": a client without any.
  std::string key;          // Its private key, without a password.
};

class TlsCredentials {
 public:
  // From a folder: cacert.pem, and servercert.pem with serverkey.pem or clientcert.pem with clientkey.pem, as virsh's
  // `pkipath` has them. Fails where a file cannot be read or does not hold what its name says, where key and certificate do
  // not belong together, and where a server's certificate would be refused by every client: expired, not signed by the
  // authority, made for something else.
  static Result<std::shared_ptr<const TlsCredentials>> Load(const std::string& folder, TlsRole role);
  static Result<std::shared_ptr<const TlsCredentials>> FromPem(const TlsPem& pem, TlsRole role);
  ~TlsCredentials();
  TlsCredentials(const TlsCredentials&) = delete;
  TlsCredentials& operator=(const TlsCredentials&) = delete;

  TlsRole role() const { return role_; }
  gnutls_certificate_credentials_st* get() const { return credentials_; }
  // Why some clients will not talk to a server that shows this certificate, though nothing is wrong with it; empty: they will.
  const std::string& caution() const { return caution_; }

 private:
  explicit TlsCredentials(TlsRole role);
  struct Source;
  static Result<std::shared_ptr<const TlsCredentials>> Make(const Source& authority, const Source& certificate,
                                                            const Source& key, TlsRole role);
  Result<void> Use(const Source& authority, const Source& certificate, const Source& key);

  const TlsRole role_;
  std::string caution_;
  gnutls_certificate_credentials_st* credentials_ = nullptr;
};

// Why a certificate is not trusted, of what GnuTLS's verification says: "has expired". One of a few.
std::string_view WhyNotTrusted(unsigned int status);
// The extended key usage that a certificate of that end must have, if it has any at all.
const char* KeyPurposeOf(TlsRole role);

}  // namespace lockscope::rpc
