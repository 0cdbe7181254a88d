// Both ends of TLS in one thread, over a pair in memory.
#include "core/rpc/tls_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/rpc/certificate_authority.h"
#include "core/rpc/fd_transport.h"
#include "core/rpc/memory_transport.h"
#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using Validity = CertificateAuthority::Validity;

Bytes BytesOf(std::string_view text) { return NaiveXdr().Raw(text).bytes(); }

std::shared_ptr<const TlsCredentials> Credentials(const TlsPem& pem, TlsRole role) {
  Result<std::shared_ptr<const TlsCredentials>> credentials = TlsCredentials::FromPem(pem, role);
  LS_CHECK(credentials.has_value(), "{}", credentials.error().message);
  return std::move(*credentials);
}

class TlsTransportTest : public ::testing::Test {
 protected:
  // Makes both ends; the client shows this.
  void Connect(const TlsPem& client) {
    MemoryTransport::Pair ends = MemoryTransport::MakePair("alice", "daemon");
    client_end_ = ends.first.get();
    server_end_ = ends.second.get();
    client_ = std::make_unique<TlsTransport>(std::move(ends.first), Credentials(client, TlsRole::kClient));
    server_ = std::make_unique<TlsTransport>(
        std::move(ends.second), Credentials(authority_.Issue("localhost", TlsRole::kServer), TlsRole::kServer));
  }
  void Connect() { Connect(authority_.Issue("alice", TlsRole::kClient)); }
  // Lets each end in turn do what it can, until the server's handshake has ended.
  HandshakeStep Shake() {
    for (int turn = 0; turn < 20; ++turn) {
      client_step_ = client_->Handshake();
      const HandshakeStep step = server_->Handshake();
      if (step == HandshakeStep::kDone || step == HandshakeStep::kFailed) {
        client_step_ = client_->Handshake();
        return step;
      }
    }
    return HandshakeStep::kWantsRead;
  }
  void ShakeDone() {
    ASSERT_EQ(Shake(), HandshakeStep::kDone) << server_->failure();
    ASSERT_EQ(client_step_, HandshakeStep::kDone) << client_->failure();
  }

  CertificateAuthority authority_;
  MemoryTransport* client_end_ = nullptr;
  MemoryTransport* server_end_ = nullptr;
  std::unique_ptr<TlsTransport> client_;
  std::unique_ptr<TlsTransport> server_;
  HandshakeStep client_step_ = HandshakeStep::kWantsRead;
  Bytes buffer_ = Bytes(64);
};

TEST_F(TlsTransportTest, BytesGoThroughInBothDirectionsAndAreNotReadableUnderway) {
  Connect();
  ShakeDone();
  EXPECT_TRUE(server_->encrypted());
  EXPECT_EQ(server_->peer_name(), "alice") << "the inner transport's word";
  const Bytes question = BytesOf("what is your name?");
  ASSERT_EQ(client_->Write(question), (IoResult{IoStatus::kOk, question.size(), 0}));
  ASSERT_EQ(server_->Read(buffer_), (IoResult{IoStatus::kOk, question.size(), 0}));
  EXPECT_TRUE(std::equal(question.begin(), question.end(), buffer_.begin()));

  ASSERT_EQ(server_->Write(question).bytes, question.size());
  Bytes underway(1000);
  const size_t count = client_end_->Read(underway).bytes;
  EXPECT_GT(count, question.size());
  EXPECT_EQ(std::search(underway.begin(), underway.end(), question.begin(), question.end()), underway.end());
}

TEST_F(TlsTransportTest, NothingButTheConfirmationIsSentBehindTheHandshake) {
  Connect();
  ASSERT_EQ(client_->Handshake(), HandshakeStep::kWantsRead);
  ASSERT_EQ(server_->Handshake(), HandshakeStep::kWantsRead);
  ASSERT_EQ(client_->Handshake(), HandshakeStep::kWantsRead) << "its own part is done; it awaits the confirmation";
  ASSERT_EQ(server_->Handshake(), HandshakeStep::kDone);
  Bytes sent(1000);
  // One record: header 5, the byte, its type 1, an authentication tag of 16. A session ticket would have 200 bytes.
  EXPECT_EQ(client_end_->Read(sent).bytes, 5u + 1 + 1 + 16);
}

TEST_F(TlsTransportTest, ItIsDoneOneByteAtATime) {
  Connect();
  MemoryTransport::Limits slow;
  slow.read_at_most = 1;
  slow.write_at_most = 1;
  server_end_->SetLimits(slow);
  ShakeDone();
}

TEST_F(TlsTransportTest, WaitsForRoomToWriteAndGoesOnFromThere) {
  Connect();
  server_end_->SetLimits({.write_at_most = 0});
  ASSERT_EQ(client_->Handshake(), HandshakeStep::kWantsRead);
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsWrite);
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsWrite) << "asking changes nothing";
  server_end_->SetLimits({});
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsRead);
  ASSERT_EQ(client_->Handshake(), HandshakeStep::kWantsRead);
  server_end_->SetLimits({.write_at_most = 0});
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsWrite) << "the confirmation is still to be sent";
  server_end_->SetLimits({});
  ShakeDone();
}

TEST_F(TlsTransportTest, AWriteThatWouldBlockIsRepeatedAndArrivesOnce) {
  Connect();
  ShakeDone();
  const Bytes text = BytesOf("once");
  server_end_->SetLimits({.write_at_most = 0});
  EXPECT_EQ(server_->Write(text).status, IoStatus::kWouldBlock);
  EXPECT_EQ(server_->Write(text).status, IoStatus::kWouldBlock);
  server_end_->SetLimits({});
  EXPECT_EQ(server_->Write(text), (IoResult{IoStatus::kOk, text.size(), 0}));
  EXPECT_EQ(client_->Read(buffer_).bytes, text.size());
  EXPECT_EQ(client_->Read(buffer_).status, IoStatus::kWouldBlock);
}

TEST_F(TlsTransportTest, WhatIsDecryptedAndNotReadYetIsTold) {
  Connect();
  ShakeDone();
  EXPECT_FALSE(server_->has_buffered_input());
  ASSERT_EQ(client_->Write(BytesOf("abcdef")).bytes, 6u);
  EXPECT_FALSE(server_->has_buffered_input()) << "still with the inner transport, whose handle is readable";
  ASSERT_EQ(server_->Read(std::span(buffer_).first(2)).bytes, 2u);
  EXPECT_FALSE(server_end_->readable()) << "a Poller is silent now";
  EXPECT_TRUE(server_->has_buffered_input());
  ASSERT_EQ(server_->Read(buffer_).bytes, 4u);
  EXPECT_FALSE(server_->has_buffered_input());
}

// One that has read two records where one was asked for.
class GreedyTransport final : public Transport {
 public:
  explicit GreedyTransport(std::unique_ptr<Transport> inner) : inner_(std::move(inner)) {}
  IoResult Read(std::span<std::byte> into) override {
    Bytes more(4096);
    const IoResult result = inner_->Read(more);
    if (result.status == IoStatus::kOk)
      ahead_.insert(ahead_.end(), more.begin(), more.begin() + static_cast<ptrdiff_t>(result.bytes));
    if (ahead_.empty()) return result;
    const size_t count = std::min(into.size(), ahead_.size());
    std::copy_n(ahead_.begin(), count, into.begin());
    ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<ptrdiff_t>(count));
    return {IoStatus::kOk, count, 0};
  }
  IoResult Write(std::span<const std::byte> from) override { return inner_->Write(from); }
  bool has_buffered_input() const override { return !ahead_.empty(); }
  void Close() override { inner_->Close(); }
  Handle handle() const override { return inner_->handle(); }
  std::string_view peer_name() const override { return inner_->peer_name(); }

 private:
  const std::unique_ptr<Transport> inner_;
  Bytes ahead_;
};

TEST_F(TlsTransportTest, ARecordThatTheInnerTransportHasReadAheadIsTold) {
  MemoryTransport::Pair ends = MemoryTransport::MakePair("alice", "daemon");
  client_ = std::make_unique<TlsTransport>(std::move(ends.first),
                                           Credentials(authority_.Issue("alice", TlsRole::kClient), TlsRole::kClient));
  server_ =
      std::make_unique<TlsTransport>(std::make_unique<GreedyTransport>(std::move(ends.second)),
                                     Credentials(authority_.Issue("localhost", TlsRole::kServer), TlsRole::kServer));
  ShakeDone();
  ASSERT_EQ(client_->Write(BytesOf("one")).bytes, 3u);
  ASSERT_EQ(client_->Write(BytesOf("two")).bytes, 3u);
  ASSERT_EQ(server_->Read(buffer_).bytes, 3u);
  EXPECT_TRUE(server_->has_buffered_input()) << "the second record is with the inner transport, and a Poller is silent";
  ASSERT_EQ(server_->Read(buffer_).bytes, 3u);
  EXPECT_FALSE(server_->has_buffered_input());
}

TEST_F(TlsTransportTest, MuchMoreThanARecordGoesThrough) {
  Connect();
  ShakeDone();
  Bytes much(100'000);
  for (size_t i = 0; i < much.size(); ++i) much[i] = static_cast<std::byte>(i * 7 % 251);
  Bytes received;
  Bytes piece(5'000);
  for (size_t sent = 0; received.size() < much.size();) {
    if (sent < much.size()) sent += client_->Write(std::span(much).subspan(sent)).bytes;
    const IoResult result = server_->Read(piece);
    ASSERT_THAT(result.status, AnyOf(IoStatus::kOk, IoStatus::kWouldBlock));
    received.insert(received.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(result.bytes));
  }
  EXPECT_EQ(received, much);
}

TEST_F(TlsTransportTest, TheEndOfTheConnectionIsSeenWithAndWithoutGoodBye) {
  for (const bool good_bye : {true, false}) {
    Connect();
    ShakeDone();
    if (good_bye) {
      client_->Close();
      client_->Close();
    } else {
      client_end_->Close();
    }
    EXPECT_EQ(server_->Read(buffer_).status, IoStatus::kClosed);
    EXPECT_NE(server_->Write(buffer_).status, IoStatus::kOk);
    server_->Close();
    EXPECT_EQ(server_->Read(buffer_).status, IoStatus::kClosed);
    EXPECT_EQ(server_->Write(buffer_).status, IoStatus::kClosed);
  }
}

TEST_F(TlsTransportTest, BytesThatSomebodyChangedUnderwayAreAnError) {
  Connect();
  ShakeDone();
  ASSERT_EQ(client_->Write(BytesOf("pay bob 1")).bytes, 9u);
  Bytes record(100);
  record.resize(server_end_->Read(record).bytes);
  record[13] ^= std::byte{8};
  ASSERT_EQ(client_end_->Write(record).bytes, record.size());
  EXPECT_EQ(server_->Read(buffer_).status, IoStatus::kError);
}

// Who the client is, and what the server says of it.
struct Refused {
  const char* name;
  std::function<TlsPem(CertificateAuthority& trusted)> shown;
  const char* reason;
};

class TlsRefusalTest : public TlsTransportTest, public ::testing::WithParamInterface<Refused> {};

// If it went at once the client, which may still be sending, would never read why.
TEST_P(TlsRefusalTest, SaysWhyAndWaitsUntilTheClientHasGone) {
  Connect(GetParam().shown(authority_));
  EXPECT_EQ(Shake(), HandshakeStep::kWantsRead);
  EXPECT_EQ(server_->failure(), GetParam().reason);
  EXPECT_EQ(server_->Read(buffer_).status, IoStatus::kClosed);
  EXPECT_EQ(client_step_, HandshakeStep::kFailed) << "it is never confirmed";
  EXPECT_THAT(client_->failure(), HasSubstr("it ended the handshake: ")) << "and told so";
  ASSERT_EQ(client_end_->Write(Bytes(10'000)).status, IoStatus::kOk);
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsRead);
  client_->Close();
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kFailed);
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kFailed) << "for good";
  EXPECT_EQ(server_->failure(), GetParam().reason);
  EXPECT_EQ(server_->Read(buffer_).status, IoStatus::kClosed);
}

INSTANTIATE_TEST_SUITE_P(
    Certificates, TlsRefusalTest,
    ::testing::Values(Refused{"None",
                              [](CertificateAuthority& trusted) {
                                return TlsPem{.authority = trusted.Issue("alice", TlsRole::kClient).authority};
                              },
                              "it shows no certificate"},
                      Refused{"Expired",
                              [](CertificateAuthority& trusted) {
                                return trusted.Issue("alice", TlsRole::kClient, Validity::kExpired);
                              },
                              "its certificate has expired"},
                      Refused{"NotYetValid",
                              [](CertificateAuthority& trusted) {
                                return trusted.Issue("alice", TlsRole::kClient, Validity::kNotYet);
                              },
                              "its certificate is not valid yet"},
                      Refused{"OfAnotherAuthority",
                              [](CertificateAuthority& trusted) {
                                TlsPem pem = CertificateAuthority("somebody").Issue("alice", TlsRole::kClient);
                                pem.authority =
                                    trusted.Issue("alice", TlsRole::kClient).authority;  // It trusts the server.
                                return pem;
                              },
                              "its certificate is not signed by the trusted authority"},
                      Refused{"OfAnotherAuthorityOfTheSameName",
                              [](CertificateAuthority& trusted) {
                                TlsPem pem = CertificateAuthority().Issue("alice", TlsRole::kClient);
                                pem.authority = trusted.Issue("alice", TlsRole::kClient).authority;
                                return pem;
                              },
                              "its certificate has a signature that is not its authority's"},
                      Refused{"OfAServer",
                              [](CertificateAuthority& trusted) { return trusted.Issue("alice", TlsRole::kServer); },
                              "its certificate is made for another purpose"}),
    [](const auto& test) { return test.param.name; });

TEST_F(TlsTransportTest, AClientThatTrustsSomebodyElseEndsTheHandshake) {
  TlsPem pem = authority_.Issue("alice", TlsRole::kClient);
  pem.authority = CertificateAuthority("somebody").Issue("alice", TlsRole::kClient).authority;
  Connect(pem);
  EXPECT_EQ(Shake(), HandshakeStep::kFailed);
  EXPECT_THAT(server_->failure(), HasSubstr("it ended the handshake: "));
  EXPECT_EQ(client_->failure(), "its certificate is not signed by the trusted authority");
}

TEST_F(TlsTransportTest, AClientThatSpeaksSomethingElseIsRefused) {
  Connect();
  ASSERT_EQ(client_end_->Write(Bytes(28)).status, IoStatus::kOk);
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsRead);
  EXPECT_THAT(server_->failure(), HasSubstr("its handshake failed: "));
  while (client_end_->Read(buffer_).status == IoStatus::kOk) {
  }
  EXPECT_EQ(client_end_->Read(buffer_).status, IoStatus::kClosed) << "it does not understand the alert, but the end";
  client_end_->Close();
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kFailed);
}

// As in the daemon: a socket, and a transport that reads ahead.
TEST_F(TlsTransportTest, TheReasonReachesAClientThatIsStillSending) {
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
  const TlsPem stranger{.authority = authority_.Issue("alice", TlsRole::kClient).authority};
  client_ = std::make_unique<TlsTransport>(std::make_unique<FdTransport>(unique_fd(fds[0])),
                                           Credentials(stranger, TlsRole::kClient));
  server_ = std::make_unique<TlsTransport>(
      std::make_unique<FdTransport>(unique_fd(fds[1]), Peer{}, Handle{}, FdTransport::Reading::kReadAhead),
      Credentials(authority_.Issue("localhost", TlsRole::kServer), TlsRole::kServer));
  for (int turn = 0; turn < 20 && server_->failure().empty(); ++turn) {
    client_->Handshake();
    EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsRead);
  }
  EXPECT_EQ(server_->failure(), "it shows no certificate");
  const Bytes more(5'000);
  EXPECT_EQ(::send(fds[0], more.data(), more.size(), MSG_NOSIGNAL), static_cast<ssize_t>(more.size()));
  for (int turn = 0; turn < 20; ++turn) EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsRead);
  HandshakeStep step = HandshakeStep::kWantsRead;
  for (int turn = 0; turn < 20 && step != HandshakeStep::kFailed; ++turn) step = client_->Handshake();
  EXPECT_THAT(client_->failure(), HasSubstr("it ended the handshake: "));
  client_->Close();
  for (int turn = 0; turn < 20 && step != HandshakeStep::kFailed; ++turn) step = server_->Handshake();
  EXPECT_EQ(server_->Handshake(), HandshakeStep::kFailed);
}

TEST_F(TlsTransportTest, WhoIsRefusedAndGoesOnSendingIsNotHeardOut) {
  Connect();
  ASSERT_EQ(client_end_->Write(Bytes(28)).status, IoStatus::kOk);
  size_t sent = 0;
  while (server_->Handshake() == HandshakeStep::kWantsRead) {
    ASSERT_EQ(client_end_->Write(Bytes(1000)).status, IoStatus::kOk);
    sent += 1000;
    ASSERT_LT(sent, 1u << 20);
  }
  EXPECT_GE(sent, 256u << 10);
}

TEST_F(TlsTransportTest, AClientThatGoesInTheMiddleIsRefused) {
  for (const bool at_once : {true, false}) {
    Connect();
    if (!at_once) {
      client_->Handshake();
      EXPECT_EQ(server_->Handshake(), HandshakeStep::kWantsRead);
    }
    client_end_->Close();
    EXPECT_EQ(server_->Handshake(), HandshakeStep::kFailed);
    EXPECT_EQ(server_->failure(), "it closed the connection before the handshake was done");
  }
}

}  // namespace
}  // namespace lockscope::rpc
