// The whole daemon in memory with TLS clients, turn by turn: what the loop must do because bytes are encrypted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/daemon/server.h"
#include "core/rpc/certificate_authority.h"
#include "core/rpc/tls_transport.h"
#include "core/sync/guard.h"
#include "tests/support/memory_daemon.h"
#include "tests/support/naive_rules.h"

namespace lockscope::daemon {
namespace {

using rpc::CertificateAuthority;
using rpc::HandshakeStep;
using rpc::MemoryTransport;
using rpc::TlsCredentials;
using rpc::TlsPem;
using rpc::TlsRole;
using rpc::TlsTransport;
using testing::ClientCount;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDaemon;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using trace::EventKind;
using trace::Trace;

std::shared_ptr<const TlsCredentials> Credentials(const TlsPem& pem, TlsRole role) {
  Result<std::shared_ptr<const TlsCredentials>> credentials = TlsCredentials::FromPem(pem, role);
  LS_CHECK(credentials.has_value(), "{}", credentials.error().message);
  return std::move(*credentials);
}

// The daemon's end of a connection whose client answers at once: before the daemon finds that nothing has come.
class QuickClient final : public rpc::Transport {
 public:
  QuickClient(std::unique_ptr<MemoryTransport> end, std::function<void()> answer)
      : end_(std::move(end)), answer_(std::move(answer)) {}

  rpc::IoResult Read(std::span<std::byte> into) override {
    const rpc::IoResult result = end_->Read(into);
    if (result.status != rpc::IoStatus::kWouldBlock) return result;
    answer_();
    return end_->Read(into);
  }
  rpc::IoResult Write(std::span<const std::byte> from) override { return end_->Write(from); }
  void Close() override { end_->Close(); }
  Handle handle() const override { return end_->handle(); }
  std::string_view peer_name() const override { return end_->peer_name(); }

 private:
  const std::unique_ptr<MemoryTransport> end_;
  const std::function<void()> answer_;
};

class TlsDaemonTest : public ::testing::Test {
 protected:
  // The client's end of the encrypted bytes; the daemon's end speaks TLS.
  std::unique_ptr<MemoryTransport> ConnectRaw(MemoryDaemon& daemon, const std::string& name) {
    daemon.poller().AwaitParked();
    return daemon.listener().Connect(name, {}, [this](std::unique_ptr<MemoryTransport> end) {
      return std::make_unique<TlsTransport>(std::move(end), server_);
    });
  }
  std::unique_ptr<TlsTransport> Connect(MemoryDaemon& daemon, const std::string& name) {
    return std::make_unique<TlsTransport>(ConnectRaw(daemon, name),
                                          Credentials(authority_.Issue(name, TlsRole::kClient), TlsRole::kClient));
  }
  static void Shake(MemoryDaemon& daemon, TlsTransport& client) {
    HandshakeStep step = HandshakeStep::kWantsRead;
    daemon.TurnUntil([&] {
      step = client.Handshake();
      return step == HandshakeStep::kDone || step == HandshakeStep::kFailed;
    });
    ASSERT_EQ(step, HandshakeStep::kDone) << client.failure();
  }

  CertificateAuthority authority_;
  const std::shared_ptr<const TlsCredentials> server_ =
      Credentials(authority_.Issue("localhost", TlsRole::kServer), TlsRole::kServer);
};

// So many calls of connect_supports_feature, which needs no connection to be open, as the bytes of one piece.
std::vector<std::byte> Calls(int count) {
  MemoryTransport::Pair ends = MemoryTransport::MakePair();
  rpc::Caller caller(std::move(ends.first));
  for (int i = 0; i < count; ++i) LS_CHECK(caller.Send(LS_AUTH_LIST).has_value());
  std::vector<std::byte> bytes(4096);
  bytes.resize(ends.second->Read(bytes).bytes);
  return bytes;
}

// Takes whole replies off the client's end, and counts them.
class Replies {
 public:
  explicit Replies(TlsTransport& client) : client_(client) {}
  int Count() {
    while (true) {
      const rpc::IoResult result = client_.Read(message_.space());
      if (result.status != rpc::IoStatus::kOk) return count_;
      const Result<bool> filled = message_.Filled(result.bytes);
      LS_CHECK(filled.has_value());
      if (!*filled) continue;
      message_ = rpc::Message();
      ++count_;
    }
  }

 private:
  TlsTransport& client_;
  rpc::Message message_;
  int count_ = 0;
};

TEST_F(TlsDaemonTest, ACallIsDecryptedByTheLoopBeforeItIsQueued) {
  MemoryDaemon daemon;
  const std::unique_ptr<TlsTransport> alice = Connect(daemon, "alice");
  Shake(daemon, *alice);
  const std::vector<std::byte> call = Calls(1);
  ASSERT_EQ(alice->Write(call).bytes, call.size());
  Replies replies(*alice);
  daemon.TurnUntil([&] { return replies.Count() == 1; });

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  const std::vector<size_t> decrypted = StepsOfKind(trace, EventKind::kPacketDecrypted);
  const std::vector<size_t> queued = StepsOfKind(trace, EventKind::kJobQueued);
  ASSERT_EQ(decrypted.size(), 1u);
  ASSERT_EQ(queued.size(), 1u);
  EXPECT_LT(decrypted[0], queued[0]);
  EXPECT_EQ(trace.Name(trace.thread(decrypted[0])), "event loop");
  EXPECT_EQ(trace.event(decrypted[0]).arg(), call.size());
}

// The trap of TLS under back-pressure: all calls are in one record, which the daemon decrypts as a whole. It reads no more
// of them than it may have under way; the handle never becomes readable again, and yet the rest must be read.
TEST_F(TlsDaemonTest, CallsThatWaitDecryptedAreReadWhenThereIsRoomAgain) {
  for (const int workers : {1, 3}) {
    MemoryDaemon daemon({.workers = workers, .max_client_requests = 5});
    const std::unique_ptr<TlsTransport> alice = Connect(daemon, "alice");
    Shake(daemon, *alice);
    const std::vector<std::byte> calls = Calls(23);
    ASSERT_EQ(alice->Write(calls).bytes, calls.size()) << "one record";
    Replies replies(*alice);
    daemon.TurnUntil([&] { return replies.Count() == 23; });
    const Trace trace = daemon.End();
    EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
    EXPECT_EQ(StepsOfKind(trace, EventKind::kReplyWritten).size(), 23u);
  }
}

// The same where nothing is written that would make room: a worker takes a message that gets no reply.
TEST_F(TlsDaemonTest, CallsThatWaitDecryptedAreReadAlsoWhenAWorkerMakesTheRoom) {
  MemoryDaemon daemon({.workers = 1, .max_client_requests = 1});
  const std::unique_ptr<TlsTransport> alice = Connect(daemon, "alice");
  Shake(daemon, *alice);
  std::vector<std::byte> bytes = Calls(3);
  bytes[19] = std::byte{2};                     // The first two are of type 2, an event, which the daemon
  bytes[bytes.size() / 3 + 19] = std::byte{2};  // ignores.
  ASSERT_EQ(alice->Write(bytes).bytes, bytes.size());
  Replies replies(*alice);
  daemon.TurnUntil([&] { return replies.Count() == 1; });
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kJobTaken).size(), 3u);
}

TEST_F(TlsDaemonTest, NothingBufferedIsNoReasonToWakeUp) {
  MemoryDaemon daemon;
  const std::unique_ptr<TlsTransport> alice = Connect(daemon, "alice");
  Shake(daemon, *alice);
  daemon.Turn();
  daemon.Turn();
  EXPECT_EQ(daemon.poller().entries().back().wanted, loop::kIoReadable) << "she is idle: not a single wish more";
}

TEST_F(TlsDaemonTest, AHandshakeByteByByteStallsNobody) {
  MemoryDaemon daemon;
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  // What the client sends passes through the test's hands, one byte a turn.
  MemoryTransport::Pair ends = MemoryTransport::MakePair();
  TlsTransport alice(std::move(ends.first), Credentials(authority_.Issue("alice", TlsRole::kClient), TlsRole::kClient));
  const std::unique_ptr<MemoryTransport> wire = ConnectRaw(daemon, "alice");
  int bytes = 0;
  while (alice.Handshake() != HandshakeStep::kDone) {
    std::byte byte{};
    if (ends.second->Read({&byte, 1}).status == rpc::IoStatus::kOk) {
      ASSERT_EQ(wire->Write({&byte, 1}).bytes, 1u);
      if (++bytes % 50 == 0) bob.AwaitReply(bob.Send(LS_CONNECT_HOSTNAME));
    }
    daemon.Turn();
    while (wire->Read({&byte, 1}).status == rpc::IoStatus::kOk) ASSERT_EQ(ends.second->Write({&byte, 1}).bytes, 1u);
  }
  EXPECT_GT(bytes, 500);
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kHandshakeEnded).size(), 1u);
}

TEST_F(TlsDaemonTest, ACertificateThatIsNotTrustedIsRefusedWithItsReason) {
  std::vector<std::string> log;
  MemoryDaemon daemon({.log = [&](const std::string& line) { log.push_back(line); }});
  TlsPem pem = authority_.Issue("alice", TlsRole::kClient, CertificateAuthority::Validity::kExpired);
  TlsTransport alice(ConnectRaw(daemon, "alice"), Credentials(pem, TlsRole::kClient));
  HandshakeStep step = HandshakeStep::kWantsRead;
  daemon.TurnUntil([&] { return (step = alice.Handshake()) == HandshakeStep::kFailed; });
  daemon.Turn();
  EXPECT_EQ(alice.failure(), "it ended the handshake: Certificate is expired");
  EXPECT_THAT(log, ElementsAre("alice is turned away: its certificate has expired"));
  EXPECT_EQ(ClientCount(daemon), 1u) << "until it has gone";
  alice.Close();
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 0u);
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  const std::vector<size_t> refused = StepsOfKind(trace, EventKind::kClientRefused);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(trace.Name(trace.event(refused[0]).arg()), "its certificate has expired");
  EXPECT_THAT(StepsOfKind(trace, EventKind::kHandshakeEnded), IsEmpty());
  EXPECT_THAT(StepsOfKind(trace, EventKind::kJobQueued), IsEmpty());
}

TEST_F(TlsDaemonTest, WhoIsRefusedAndStaysIsClosedInTheEnd) {
  std::vector<std::string> log;
  MemoryDaemon daemon(
      {.handshake_timeout_ns = 1'000'000, .log = [&](const std::string& line) { log.push_back(line); }});
  const std::unique_ptr<MemoryTransport> alice = ConnectRaw(daemon, "alice");
  ASSERT_EQ(alice->Write(std::vector<std::byte>(28)).status, rpc::IoStatus::kOk);
  daemon.Turn();
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 1u);
  daemon.poller().Advance(1'000'000);
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 0u);
  EXPECT_THAT(log, ElementsAre(HasSubstr("alice is turned away: its handshake failed: ")))
      << "one reason, and the first";
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST_F(TlsDaemonTest, WhoIsOneTooManyAndIsRefusedAsWellHasOneReasonAndGoesAtOnce) {
  std::vector<std::string> log;
  MemoryDaemon daemon({.max_clients = 1, .log = [&](const std::string& line) { log.push_back(line); }});
  const MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  const std::unique_ptr<MemoryTransport> alice = ConnectRaw(daemon, "alice");
  ASSERT_EQ(alice->Write(std::vector<std::byte>(28)).status, rpc::IoStatus::kOk);
  daemon.Turn();
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 1u);
  EXPECT_THAT(log, ElementsAre("alice is turned away: too many clients"));
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST_F(TlsDaemonTest, AHandshakeThatIsDoneAtOnceIsRecordedLikeAnyOther) {
  MemoryDaemon daemon;
  std::unique_ptr<TlsTransport> alice;
  daemon.poller().AwaitParked();
  std::unique_ptr<MemoryTransport> end =
      daemon.listener().Connect("alice", {}, [&](std::unique_ptr<MemoryTransport> daemons) {
        return std::make_unique<TlsTransport>(
            std::make_unique<QuickClient>(std::move(daemons), [&] { static_cast<void>(alice->Handshake()); }), server_);
      });
  alice = std::make_unique<TlsTransport>(std::move(end),
                                         Credentials(authority_.Issue("alice", TlsRole::kClient), TlsRole::kClient));
  daemon.Turn();
  EXPECT_EQ(alice->Handshake(), HandshakeStep::kDone) << alice->failure();
  alice->Close();
  daemon.Turn();
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kHandshakeBegan).size(), 1u);
  EXPECT_EQ(StepsOfKind(trace, EventKind::kHandshakeEnded).size(), 1u);
}

}  // namespace
}  // namespace lockscope::daemon
