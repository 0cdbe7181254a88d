// CertificateAuthority: makes certificates in memory, for programs that are both ends of a TLS connection: live runs of
// scenarios, and tests. Its keys live as long as this object and are written nowhere. An administrator makes his own with
// certtool(1).
//
// Keys are elliptic (P-256), which takes a millisecond where RSA takes a second. One thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "core/rpc/tls_credentials.h"

struct gnutls_x509_crt_int;
struct gnutls_x509_privkey_int;

namespace lockscope::rpc {

class CertificateAuthority {
 public:
  enum class Validity {
    kGood,     // From 2000 to the end of 2099.
    kExpired,  // All of 2001.
    kNotYet,   // All of 2099.
  };

  explicit CertificateAuthority(const std::string& name = "lockscope's own authority");
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // A certificate for one end, whose common name is `name`, with its key and this authority's own certificate.
  TlsPem Issue(const std::string& name, TlsRole role, Validity validity = Validity::kGood);

 private:
  gnutls_x509_privkey_int* key_ = nullptr;
  gnutls_x509_crt_int* certificate_ = nullptr;
  uint8_t last_serial_ = 0;
};

}  // namespace lockscope::rpc
