#include "core/rpc/certificate_authority.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "core/base/check.h"

namespace lockscope::rpc {
namespace {

// Seconds since 1970: no clock is asked, so that the same call always makes the same promise.
constexpr time_t kBeginOf2000 = 946'684'800;
constexpr time_t kBeginOf2001 = 978'307'200;
constexpr time_t kEndOf2001 = 1'009'843'199;
constexpr time_t kBeginOf2099 = 4'070'908'800;
constexpr time_t kEndOf2099 = 4'102'444'799;

// Nothing here depends on anything but memory and the library itself.
void Check(int error) { LS_CHECK(error >= 0, "a certificate cannot be made: {}", gnutls_strerror(error)); }

gnutls_x509_privkey_t MakeKey() {
  gnutls_x509_privkey_t key = nullptr;
  Check(gnutls_x509_privkey_init(&key));
  Check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
  return key;
}

gnutls_x509_crt_t MakeCertificate(const std::string& name, gnutls_x509_privkey_t key, uint8_t serial,
                                  CertificateAuthority::Validity validity) {
  using Validity = CertificateAuthority::Validity;
  const time_t begin = validity == Validity::kGood      ? kBeginOf2000
                       : validity == Validity::kExpired ? kBeginOf2001
                                                        : kBeginOf2099;
  gnutls_x509_crt_t certificate = nullptr;
  Check(gnutls_x509_crt_init(&certificate));
  Check(gnutls_x509_crt_set_version(certificate, 3));
  Check(gnutls_x509_crt_set_serial(certificate, &serial, 1));
  Check(gnutls_x509_crt_set_key(certificate, key));
  Check(gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name.data(),
                                      static_cast<unsigned int>(name.size())));
  Check(gnutls_x509_crt_set_activation_time(certificate, begin));
  Check(gnutls_x509_crt_set_expiration_time(certificate, validity == Validity::kExpired ? kEndOf2001 : kEndOf2099));
  return certificate;
}

std::string TakeText(gnutls_datum_t& datum) {
  std::string text(reinterpret_cast<const char*>(datum.data), datum.size);
  gnutls_free(datum.data);
  return text;
}

std::string TextOf(gnutls_x509_crt_t certificate) {
  gnutls_datum_t text{};
  Check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text));
  return TakeText(text);
}

std::string TextOf(gnutls_x509_privkey_t key) {
  gnutls_datum_t text{};
  Check(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text));
  return TakeText(text);
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& name) : key_(MakeKey()) {
  certificate_ = MakeCertificate(name, key_, ++last_serial_, Validity::kGood);
  Check(gnutls_x509_crt_set_basic_constraints(certificate_, 1, -1));
  Check(gnutls_x509_crt_set_key_usage(certificate_, GNUTLS_KEY_KEY_CERT_SIGN));
  Check(gnutls_x509_crt_sign2(certificate_, certificate_, key_, GNUTLS_DIG_SHA256, 0));
}

CertificateAuthority::~CertificateAuthority() {
  gnutls_x509_crt_deinit(certificate_);
  gnutls_x509_privkey_deinit(key_);
}

TlsPem CertificateAuthority::Issue(const std::string& name, TlsRole role, Validity validity) {
  const gnutls_x509_privkey_t key = MakeKey();
  const gnutls_x509_crt_t certificate = MakeCertificate(name, key, ++last_serial_, validity);
  Check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, name.data(),
                                             static_cast<unsigned int>(name.size()), GNUTLS_FSAN_SET));
  Check(gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE));
  Check(gnutls_x509_crt_set_key_purpose_oid(certificate, KeyPurposeOf(role), 0));
  Check(gnutls_x509_crt_sign2(certificate, certificate_, key_, GNUTLS_DIG_SHA256, 0));
  TlsPem pem{.authority = TextOf(certificate_), .certificate = TextOf(certificate), .key = TextOf(key)};
  gnutls_x509_crt_deinit(certificate);
  gnutls_x509_privkey_deinit(key);
  return pem;
}

}  // namespace lockscope::rpc
