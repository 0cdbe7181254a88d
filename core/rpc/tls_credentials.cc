#include "core/rpc/tls_credentials.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <cerrno>
#include <cstdio>

#include "core/base/check.h"

namespace lockscope::rpc {

// A text, and what it is called in messages.
struct TlsCredentials::Source {
  std::string name;
  std::string text;
};

namespace {

gnutls_datum_t DatumOf(const std::string& text) {
  // GnuTLS reads only, but has no word for it.
  return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())), static_cast<unsigned int>(text.size())};
}

// The certificates of a text, in its order.
class CertificateList {
 public:
  CertificateList() = default;
  ~CertificateList() {
    for (unsigned int i = 0; i < size_; ++i) gnutls_x509_crt_deinit(list_[i]);
    gnutls_free(list_);
  }
  CertificateList(const CertificateList&) = delete;
  CertificateList& operator=(const CertificateList&) = delete;

  int Import(const std::string& text) {
    const gnutls_datum_t datum = DatumOf(text);
    return gnutls_x509_crt_list_import2(&list_, &size_, &datum, GNUTLS_X509_FMT_PEM, 0);
  }
  gnutls_x509_crt_t* get() { return list_; }
  unsigned int size() const { return size_; }

 private:
  gnutls_x509_crt_t* list_ = nullptr;
  unsigned int size_ = 0;
};

class PrivateKey {
 public:
  PrivateKey() { LS_CHECK(gnutls_x509_privkey_init(&key_) == GNUTLS_E_SUCCESS, "out of memory"); }
  ~PrivateKey() { gnutls_x509_privkey_deinit(key_); }
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  gnutls_x509_privkey_t get() { return key_; }

 private:
  gnutls_x509_privkey_t key_ = nullptr;
};

// TLS 1.3 has no use for it, and a certificate for an EC key cannot have it; but libvirt looks for it in any certificate
// that says, and means, what its key is for.
bool PermitsKeyEncipherment(gnutls_x509_crt_t certificate) {
  unsigned int usage = 0;
  unsigned int critical = 0;
  const bool says = gnutls_x509_crt_get_key_usage(certificate, &usage, &critical) >= 0;
  return !says || critical == 0 || (usage & GNUTLS_KEY_KEY_ENCIPHERMENT) != 0;
}

Result<std::string> ReadText(const std::string& path) {
  const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) return Fail("{}: cannot be opened: {}", path, ErrnoText(errno));
  constexpr size_t kMaxBytes = 1 << 20;
  std::string text(kMaxBytes, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return Fail("{}: cannot be read: {}", path, ErrnoText(errno));
  if (text.size() == kMaxBytes) return Fail("{}: is over 1 MiB long, which no certificate or key is", path);
  return text;
}

}  // namespace

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::Load(const std::string& folder, TlsRole role) {
  const std::string end = role == TlsRole::kServer ? "server" : "client";
  Source sources[3];
  const std::string names[] = {"cacert.pem", end + "cert.pem", end + "key.pem"};
  for (int i = 0; i < 3; ++i) {
    sources[i].name = folder + "/" + names[i];
    Result<std::string> text = ReadText(sources[i].name);
    if (!text) return tl::make_unexpected(text.error());
    sources[i].text = std::move(*text);
  }
  return Make(sources[0], sources[1], sources[2], role);
}

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::FromPem(const TlsPem& pem, TlsRole role) {
  return Make({"the authority's certificate", pem.authority}, {"the certificate", pem.certificate},
              {"the private key", pem.key}, role);
}

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::Make(const Source& authority, const Source& certificate,
                                                                   const Source& key, TlsRole role) {
  std::shared_ptr<TlsCredentials> credentials(new TlsCredentials(role));
  if (Result<void> used = credentials->Use(authority, certificate, key); !used) {
    return tl::make_unexpected(used.error());
  }
  return credentials;
}

TlsCredentials::TlsCredentials(TlsRole role) : role_(role) {
  LS_CHECK(gnutls_certificate_allocate_credentials(&credentials_) == GNUTLS_E_SUCCESS, "out of memory");
}

TlsCredentials::~TlsCredentials() { gnutls_certificate_free_credentials(credentials_); }

Result<void> TlsCredentials::Use(const Source& authority, const Source& certificate, const Source& key) {
  gnutls_x509_trust_list_t trusted = nullptr;
  LS_CHECK(gnutls_x509_trust_list_init(&trusted, 0) == GNUTLS_E_SUCCESS, "out of memory");
  gnutls_certificate_set_trust_list(credentials_, trusted, 0);  // Frees it, too.
  const gnutls_datum_t authorities = DatumOf(authority.text);
  if (const int count = gnutls_x509_trust_list_add_trust_mem(trusted, &authorities, nullptr, GNUTLS_X509_FMT_PEM, 0, 0);
      count <= 0) {
    return Fail("{}: is no certificate in PEM form{}", authority.name,
                count < 0 ? fmt::format(": {}", gnutls_strerror(count)) : "");
  }
  if (role_ == TlsRole::kClient && certificate.text.empty()) return {};

  CertificateList chain;
  if (const int error = chain.Import(certificate.text); error < 0) {
    return Fail("{}: is no certificate in PEM form: {}", certificate.name, gnutls_strerror(error));
  }
  PrivateKey private_key;
  const gnutls_datum_t key_text = DatumOf(key.text);
  if (const int error = gnutls_x509_privkey_import2(private_key.get(), &key_text, GNUTLS_X509_FMT_PEM, nullptr, 0);
      error < 0) {
    return Fail("{}: is no private key in PEM form without a password: {}", key.name, gnutls_strerror(error));
  }
  if (const int error =
          gnutls_certificate_set_x509_key(credentials_, chain.get(), static_cast<int>(chain.size()), private_key.get());
      error == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
    return Fail("{}: is not the key of the certificate in {}", key.name, certificate.name);
  } else if (error < 0) {
    return Fail("{}: cannot be used with {}: {}", certificate.name, key.name, gnutls_strerror(error));
  }
  if (role_ == TlsRole::kClient) return {};  // Whether it is good is for the server to say.

  gnutls_typed_vdata_st purpose{GNUTLS_DT_KEY_PURPOSE_OID,
                                reinterpret_cast<unsigned char*>(const_cast<char*>(KeyPurposeOf(role_))), 0};
  unsigned int status = 0;
  const int error =
      gnutls_x509_trust_list_verify_crt2(trusted, chain.get(), chain.size(), &purpose, 1, 0, &status, nullptr);
  if (error < 0) return Fail("{}: cannot be verified: {}", certificate.name, gnutls_strerror(error));
  if (status != 0) {
    return Fail("{}: its certificate {}, says {}; every client would refuse it", certificate.name,
                WhyNotTrusted(status), authority.name);
  }
  if (!PermitsKeyEncipherment(chain.get()[0])) {
    caution_ = fmt::format(
        "{}: its key usage does not permit key encipherment, and virsh 9.0, for one, does not talk to "
        "such a server; an RSA key's certificate can permit it (certtool: encryption_key)",
        certificate.name);
  }
  return {};
}

std::string_view WhyNotTrusted(unsigned int status) {
  if ((status & GNUTLS_CERT_EXPIRED) != 0) return "has expired";
  if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0) return "is not valid yet";
  if ((status & GNUTLS_CERT_REVOKED) != 0) return "has been revoked";
  if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0) return "is not signed by the trusted authority";
  if ((status & GNUTLS_CERT_SIGNER_NOT_CA) != 0) return "is signed by somebody who is no authority";
  if ((status & GNUTLS_CERT_SIGNATURE_FAILURE) != 0) return "has a signature that is not its authority's";
  if ((status & GNUTLS_CERT_PURPOSE_MISMATCH) != 0) return "is made for another purpose";
  if ((status & GNUTLS_CERT_INSECURE_ALGORITHM) != 0) return "is signed with an algorithm that is no longer safe";
  return "is not trusted";
}

const char* KeyPurposeOf(TlsRole role) {
  return role == TlsRole::kServer ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT;
}

}  // namespace lockscope::rpc
