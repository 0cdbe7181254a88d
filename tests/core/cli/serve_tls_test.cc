// `lockscope serve` on TCP and with TLS, the real virsh as its client, and certificates as an administrator makes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "core/trace/trace_file.h"
#include "tests/support/run_program.h"
#include "tests/support/served.h"

namespace lockscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::Ran;
using testing::Served;
using testing::WriteWhole;
using trace::EventKind;

// Folders of certificates, made with certtool. virsh takes their names out of an address, so they have no space.
class Pki {
 public:
  Pki() : folder_("/tmp/lockscope-pki-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
    MakeAuthority("authority");
  }
  ~Pki() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // A folder with the authority's certificate in it.
  std::string Folder(const std::string& name, const std::string& authority = "authority") {
    std::filesystem::create_directories(folder_ + "/" + name);
    std::filesystem::copy_file(folder_ + "/" + authority + ".pem", folder_ + "/" + name + "/cacert.pem");
    return folder_ + "/" + name;
  }
  std::string ServerFolder(const std::string& key_type = "rsa") {
    const std::string folder = Folder("server-" + key_type);
    Issue(folder + "/server", "cn = localhost\ndns_name = localhost\ntls_www_server\nexpiration_days = 10\n",
          "authority", key_type);
    return folder;
  }
  std::string ClientFolder(const std::string& name, const std::string& more = "expiration_days = 10\n",
                           const std::string& authority = "authority") {
    const std::string folder = Folder(name);
    Issue(folder + "/client", "cn = " + name + "\ntls_www_client\n" + more, authority);
    return folder;
  }
  void MakeAuthority(const std::string& name) {
    MakeKey(folder_ + "/" + name + "-key.pem");
    WriteWhole(folder_ + "/template", "cn = " + name + "\nca\ncert_signing_key\nexpiration_days = 10\n");
    Certtool({"--generate-self-signed", "--load-privkey", folder_ + "/" + name + "-key.pem", "--template",
              folder_ + "/template", "--outfile", folder_ + "/" + name + ".pem"});
  }

 private:
  static void Certtool(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "certtool");
    const Ran ran = testing::RunProgram(arguments);
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  static void MakeKey(const std::string& file, const std::string& type = "rsa") {
    Certtool({"--generate-privkey", "--key-type", type, "--bits", type == "rsa" ? "2048" : "256", "--outfile", file});
  }
  // Makes PATHkey.pem and PATHcert.pem.
  void Issue(const std::string& path, const std::string& text, const std::string& authority = "authority",
             const std::string& key_type = "rsa") {
    MakeKey(path + "key.pem", key_type);
    WriteWhole(folder_ + "/template", text + "signing_key\nencryption_key\n");
    Certtool({"--generate-certificate", "--load-privkey", path + "key.pem", "--load-ca-certificate",
              folder_ + "/" + authority + ".pem", "--load-ca-privkey", folder_ + "/" + authority + "-key.pem",
              "--template", folder_ + "/template", "--outfile", path + "cert.pem"});
  }

  const std::string folder_;
};

Ran Virsh(const std::string& uri, const std::vector<std::string>& command) {
  std::vector<std::string> argv = {"virsh", "-c", uri};
  argv.insert(argv.end(), command.begin(), command.end());
  return testing::RunProgram(argv);
}

class ServeTlsTest : public ::testing::Test {
 protected:
  // The address for a client with these certificates; virsh is not to look at its own before it shows them.
  static std::string UriFor(const Served& served, const std::string& client_folder) {
    const std::string uri = served.UriOf("test+tls://");
    return uri.substr(0, uri.find('?')) + "?no_sanity=1&pkipath=" + client_folder;
  }

  testing::TestFolder folder_;
  Pki pki_;
};

TEST(ServeTcpTest, VirshConnectsToThePortThatTheSystemChose) {
  Served served(LOCKSCOPE_PROGRAM, {"--tcp", "0", "--workers", "1"});
  EXPECT_THAT(served.first_line(), MatchesRegex("serving on .*127.0.0.1:[0-9]+ with 1 worker;.*"));
  ASSERT_THAT(served.uris(), ElementsAre(MatchesRegex("test.tcp://localhost:[0-9]+/default")));
  const Ran hostname = Virsh(served.uris()[0], {"hostname"});
  EXPECT_EQ(hostname.out, "lockscope\n\n") << hostname.err;
  EXPECT_EQ(Virsh(served.uris()[0], {"list", "--all"}).status, 0);
  EXPECT_EQ(served.Stop(SIGTERM), 0);
}

TEST_F(ServeTlsTest, VirshConnectsWithItsCertificate) {
  const std::string out = folder_ / "day.lockscope";
  Served served(LOCKSCOPE_PROGRAM, {"--tls", "0", "--pki", pki_.ServerFolder(), "-o", out});
  const std::string uri = served.UriOf("test+tls://localhost:");
  const std::string with_keys = uri.substr(0, uri.find('?')) + "?pkipath=" + pki_.ClientFolder("alice");
  const Ran hostname = Virsh(with_keys, {"hostname"});
  EXPECT_EQ(hostname.out, "lockscope\n\n") << hostname.err;
  EXPECT_EQ(hostname.err, "");
  EXPECT_EQ(Virsh(with_keys, {"list", "--all"}).status, 0);
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  EXPECT_EQ(served.Errors(), "");

  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  const auto count = [&](EventKind kind) { return std::ranges::count(trace->events(), kind, &trace::Event::kind); };
  EXPECT_EQ(count(EventKind::kHandshakeEnded), 2);
  EXPECT_EQ(count(EventKind::kPacketDecrypted), count(EventKind::kPacketRead)) << "each, and before it is queued";
  EXPECT_EQ(testing::RunProgram({LOCKSCOPE_PROGRAM, "check", out}).status, 0);
}

// In TLS 1.2 the client knows that it is accepted when its handshake is done, in 1.3 only from what comes after it.
TEST_F(ServeTlsTest, BothVersionsOfTlsWorkAndRefuse) {
  const std::string with = pki_.ClientFolder("alice");
  const std::string without = pki_.Folder("without");
  Served served(LOCKSCOPE_PROGRAM, {"--tls", "0", "--pki", pki_.ServerFolder()});
  size_t refused = 0;
  for (const std::string version : {"1.2", "1.3"}) {
    const std::string only = "&tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS" + version;
    const Ran good = Virsh(UriFor(served, with) + only, {"hostname"});
    EXPECT_EQ(good.out, "lockscope\n\n") << version << ": " << good.err;
    EXPECT_EQ(Virsh(UriFor(served, without) + only, {"hostname"}).status, 1);
    EXPECT_THAT(served.AwaitErrors(++refused).back(), HasSubstr("it shows no certificate")) << version;
  }
  EXPECT_EQ(served.Stop(SIGTERM), 0);
}

TEST_F(ServeTlsTest, ACertificateThatIsNotTrustedIsRefusedWithItsReason) {
  pki_.MakeAuthority("somebody");
  const struct {
    std::string folder;
    std::string reason;
  } cases[] = {
      {pki_.Folder("without"), "it shows no certificate"},
      {pki_.ClientFolder("stranger", "expiration_days = 10\n", "somebody"),
       "its certificate is not signed by the trusted authority"},
      {pki_.ClientFolder("late",
                         "activation_date = \"2001-01-01 00:00:00 UTC\"\nexpiration_date = \"2002-01-01 "
                         "00:00:00 UTC\"\n"),
       "its certificate has expired"},
  };
  const std::string out = folder_ / "day.lockscope";
  Served served(LOCKSCOPE_PROGRAM, {"--tls", "0", "--pki", pki_.ServerFolder(), "-o", out});
  size_t refused = 0;
  for (const auto& client : cases) {
    const Ran virsh = Virsh(UriFor(served, client.folder), {"hostname"});
    EXPECT_EQ(virsh.status, 1);
    EXPECT_THAT(virsh.err, HasSubstr("failed to connect to the hypervisor"));
    const std::vector<std::string> log = served.AwaitErrors(++refused);
    EXPECT_THAT(log.back(), MatchesRegex("lockscope: client-[0-9]+ \\([^ ]*\\) is turned away: " + client.reason));
  }
  const Ran good = Virsh(UriFor(served, pki_.ClientFolder("alice")), {"hostname"});
  EXPECT_EQ(good.out, "lockscope\n\n") << "others are welcome: " << good.err;
  EXPECT_EQ(served.Stop(SIGTERM), 0);

  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  std::vector<std::string> reasons;
  for (const trace::Event& event : trace->events()) {
    if (event.kind() == EventKind::kClientRefused) reasons.emplace_back(trace->Name(event.arg()));
  }
  EXPECT_THAT(reasons, ElementsAre(cases[0].reason, cases[1].reason, cases[2].reason));
}

// Later ones than 9.0 do talk to it: whether this machine's does is not tested.
TEST_F(ServeTlsTest, ACertificateThatSomeVirshRefusesIsSaidAtTheStart) {
  const std::string folder = pki_.ServerFolder("ecdsa");
  Served served(LOCKSCOPE_PROGRAM, {"--tls", "0", "--pki", folder});
  EXPECT_EQ(served.uris().size(), 1u) << "it serves all the same";
  EXPECT_THAT(served.AwaitErrors(1),
              ElementsAre(HasSubstr(folder + "/servercert.pem: its key usage does not permit key encipherment, ")));
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  Served usual(LOCKSCOPE_PROGRAM, {"--tls", "0", "--pki", pki_.ServerFolder()});
  EXPECT_EQ(usual.Stop(SIGTERM), 0);
  EXPECT_EQ(usual.Errors(), "");
}

TEST_F(ServeTlsTest, AllAddressesAtOnceAreOneDaemon) {
  const std::string socket = folder_ / "socket";
  Served served(LOCKSCOPE_PROGRAM,
                {"--socket", socket, "--tcp", "0", "--tls", "0", "--pki", pki_.ServerFolder(), "--max-workers", "5"});
  ASSERT_EQ(served.uris().size(), 3u);
  EXPECT_EQ(Virsh(served.UriOf("test+unix://"), {"hostname"}).status, 0);
  EXPECT_EQ(Virsh(served.UriOf("test+tcp://"), {"hostname"}).status, 0);
  EXPECT_EQ(Virsh(UriFor(served, pki_.ClientFolder("alice")), {"hostname"}).status, 0);
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(ServeTlsTest, WithoutTlsAClientOfThatPortIsRefused) {
  Served served(LOCKSCOPE_PROGRAM, {"--tls", "0", "--pki", pki_.ServerFolder()});
  std::string uri = served.UriOf("test+tls://");
  uri = "test+tcp" + uri.substr(8, uri.find('?') - 8);
  EXPECT_EQ(Virsh(uri, {"hostname"}).status, 1);
  EXPECT_THAT(served.AwaitErrors(1).back(), HasSubstr("is turned away: its handshake failed: "));
}

TEST_F(ServeTlsTest, AHandshakeThatDoesNotComeIsEnded) {
  Served served(LOCKSCOPE_PROGRAM,
                {"--tls", "127.0.0.1:0", "--pki", pki_.ServerFolder(), "--handshake-timeout", "0.05"});
  const std::string uri = served.UriOf("test+tls://");
  const std::string port = uri.substr(uri.rfind(':') + 1, uri.rfind('/') - uri.rfind(':') - 1);
  // A shell opens the connection and then reads, which lasts until the daemon closes it.
  const Ran silent = testing::RunProgram({"/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + "; cat <&3"});
  EXPECT_EQ(silent.status, 0) << silent.err;
  EXPECT_THAT(served.AwaitErrors(1).back(), HasSubstr("is turned away: its handshake took too long"));
}

}  // namespace
}  // namespace lockscope
