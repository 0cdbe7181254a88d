#include "core/rpc/tls_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/rpc/certificate_authority.h"
#include "tests/support/temporary_folder.h"

namespace lockscope::rpc {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Validity = CertificateAuthority::Validity;

class TlsCredentialsTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) { std::ofstream(File(name)) << text; }
  std::string File(const std::string& name) { return folder_.File(name); }
  void WriteServer(const TlsPem& pem) {
    Write("cacert.pem", pem.authority);
    Write("servercert.pem", pem.certificate);
    Write("serverkey.pem", pem.key);
  }
  std::string Complaint(TlsRole role = TlsRole::kServer) {
    const auto loaded = TlsCredentials::Load(folder_.path().string(), role);
    return loaded ? "none" : loaded.error().message;
  }

  testing::TemporaryFolder folder_;
  CertificateAuthority authority_;
  const TlsPem good_ = authority_.Issue("localhost", TlsRole::kServer);
};

TEST_F(TlsCredentialsTest, LoadsWhatAFolderHasForEachEnd) {
  WriteServer(good_);
  EXPECT_EQ(Complaint(), "none");
  EXPECT_THAT(Complaint(TlsRole::kClient), StartsWith(File("clientcert.pem") + ": cannot be opened: No such file"));
  const TlsPem client = authority_.Issue("alice", TlsRole::kClient);
  Write("clientcert.pem", client.certificate);
  Write("clientkey.pem", client.key);
  EXPECT_EQ(Complaint(TlsRole::kClient), "none");
}

TEST_F(TlsCredentialsTest, NamesTheFileThatIsMissing) {
  EXPECT_EQ(Complaint(), File("cacert.pem") + ": cannot be opened: No such file or directory");
  WriteServer(good_);
  for (const char* name : {"servercert.pem", "serverkey.pem"}) {
    std::filesystem::remove(File(name));
    EXPECT_EQ(Complaint(), File(name) + ": cannot be opened: No such file or directory");
    WriteServer(good_);
  }
}

TEST_F(TlsCredentialsTest, NamesTheFileThatCannotBeRead) {
  WriteServer(good_);
  std::filesystem::remove(File("serverkey.pem"));
  std::filesystem::create_directory(File("serverkey.pem"));
  EXPECT_EQ(Complaint(), File("serverkey.pem") + ": cannot be read: Is a directory");
}

TEST_F(TlsCredentialsTest, NamesTheFileThatHoldsSomethingElse) {
  for (const char* text : {"", "certainly a certificate"}) {
    WriteServer(good_);
    Write("cacert.pem", text);
    EXPECT_THAT(Complaint(), StartsWith(File("cacert.pem") + ": is no certificate in PEM form"));
    WriteServer(good_);
    Write("servercert.pem", text);
    EXPECT_THAT(Complaint(), StartsWith(File("servercert.pem") + ": is no certificate in PEM form"));
    WriteServer(good_);
    Write("serverkey.pem", text);
    EXPECT_THAT(Complaint(), StartsWith(File("serverkey.pem") + ": is no private key in PEM form without a password"));
  }
  WriteServer(good_);
  Write("servercert.pem", good_.key);
  EXPECT_THAT(Complaint(), StartsWith(File("servercert.pem") + ": is no certificate"));
  WriteServer(good_);
  Write("cacert.pem", std::string(2'000'000, 'x'));
  EXPECT_THAT(Complaint(), EndsWith("cacert.pem: is over 1 MiB long, which no certificate or key is"));
}

TEST_F(TlsCredentialsTest, AKeyOfAnotherCertificateIsTold) {
  WriteServer(good_);
  Write("serverkey.pem", authority_.Issue("localhost", TlsRole::kServer).key);
  EXPECT_EQ(Complaint(),
            fmt::format("{}: is not the key of the certificate in {}", File("serverkey.pem"), File("servercert.pem")));
}

TEST_F(TlsCredentialsTest, AServersCertificateThatNobodyWouldTrustIsTold) {
  WriteServer(authority_.Issue("localhost", TlsRole::kServer, Validity::kExpired));
  EXPECT_EQ(Complaint(), fmt::format("{}: its certificate has expired, says {}; every client would refuse it",
                                     File("servercert.pem"), File("cacert.pem")));
  WriteServer(authority_.Issue("localhost", TlsRole::kServer, Validity::kNotYet));
  EXPECT_THAT(Complaint(), HasSubstr("its certificate is not valid yet"));
  WriteServer(authority_.Issue("localhost", TlsRole::kClient));
  EXPECT_THAT(Complaint(), HasSubstr("its certificate is made for another purpose"));
  WriteServer(CertificateAuthority("somebody").Issue("localhost", TlsRole::kServer));
  Write("cacert.pem", good_.authority);
  EXPECT_THAT(Complaint(), HasSubstr("its certificate is not signed by the trusted authority"));
}

TEST_F(TlsCredentialsTest, AClientMayHaveNoCertificateButTrustsSomebody) {
  EXPECT_TRUE(TlsCredentials::FromPem({.authority = good_.authority}, TlsRole::kClient));
  const auto nobody = TlsCredentials::FromPem({}, TlsRole::kClient);
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, StartsWith("the authority's certificate: is no certificate in PEM form"));
  EXPECT_FALSE(TlsCredentials::FromPem({.authority = good_.authority}, TlsRole::kServer));
}

}  // namespace
}  // namespace lockscope::rpc
