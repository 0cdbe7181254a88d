// Clients that are turned away: too many of them, or one that does not come to the point.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "core/daemon/admission.h"
#include "core/sync/guard.h"
#include "tests/support/memory_daemon.h"
#include "tests/support/naive_rules.h"

namespace lockscope::daemon {
namespace {

using rpc::HandshakeStep;
using rpc::IoStatus;
using rpc::MemoryTransport;
using testing::ClientCount;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryDaemon;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using trace::EventKind;
using trace::Trace;

// A handshake that is over when the client has sent a byte.
class OneByteHandshake final : public rpc::Transport {
 public:
  explicit OneByteHandshake(std::unique_ptr<MemoryTransport> end) : end_(std::move(end)) {}

  HandshakeStep Handshake() override {
    std::byte byte{};
    if (!done_ && end_->Read({&byte, 1}).status == IoStatus::kWouldBlock) return HandshakeStep::kWantsRead;
    done_ = true;
    return HandshakeStep::kDone;
  }
  rpc::IoResult Read(std::span<std::byte> into) override { return end_->Read(into); }
  rpc::IoResult Write(std::span<const std::byte> from) override { return end_->Write(from); }
  void Close() override { end_->Close(); }
  Handle handle() const override { return end_->handle(); }
  std::string_view peer_name() const override { return end_->peer_name(); }
  std::string_view peer_address() const override { return "somewhere:1"; }

 private:
  const std::unique_ptr<MemoryTransport> end_;
  bool done_ = false;
};

MemoryDaemon::Client ConnectShaking(MemoryDaemon& daemon, const std::string& name) {
  daemon.poller().AwaitParked();
  MemoryDaemon::Client client(daemon, daemon.listener().Connect(name, {}, [](std::unique_ptr<MemoryTransport> end) {
    return std::make_unique<OneByteHandshake>(std::move(end));
  }));
  daemon.Turn();
  return client;
}

bool IsClosed(MemoryDaemon& daemon, MemoryDaemon::Client& client) {
  daemon.poller().AwaitParked();
  std::byte byte{};
  return client.end().Read({&byte, 1}).status == IoStatus::kClosed;
}

// What the recording says: "NAME: REASON".
std::vector<std::string> Refusals(const Trace& trace) {
  std::vector<std::string> refusals;
  for (const size_t step : StepsOfKind(trace, EventKind::kClientRefused)) {
    const trace::Event& event = trace.event(step);
    EXPECT_EQ(trace.object(event.arg()).type, trace::ObjectType::kReason);
    refusals.push_back(fmt::format("{}: {}", trace.Name(event.object()), trace.Name(event.arg())));
  }
  return refusals;
}

TEST(MaxClientsTest, TheOneTooManyIsToldSoAndTheOthersAreServed) {
  std::vector<std::string> log;
  MemoryDaemon daemon({.max_clients = 2, .log = [&](const std::string& line) { log.push_back(line); }});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  MemoryDaemon::Client carol(daemon, daemon.listener().Connect("carol"));
  const rpc::Message refusal = carol.AwaitReply(carol.Send(LS_AUTH_LIST));
  EXPECT_EQ(refusal.header().status, rpc::MessageStatus::kError);
  const auto error = rpc::DecodeXdr<ls_error>(refusal.payload());
  ASSERT_TRUE(error);
  EXPECT_EQ(rpc::FromXdr(**error).message, "too many clients; the daemon serves at most 2");
  EXPECT_TRUE(IsClosed(daemon, carol));
  EXPECT_EQ(ClientCount(daemon), 2u);
  EXPECT_THAT(log, ElementsAre("carol is turned away: too many clients"));
  alice.AwaitReply(alice.Send(LS_CONNECT_HOSTNAME));
  bob.AwaitReply(bob.Send(LS_CONNECT_HOSTNAME));

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_THAT(Refusals(trace), ElementsAre("carol: too many clients"));
  std::vector<size_t> jobs = StepsOfKind(trace, EventKind::kJobQueued);
  std::erase_if(jobs, [&](size_t step) { return trace.Name(trace.event(step).object()) != "carol"; });
  EXPECT_THAT(jobs, IsEmpty()) << "no worker has had to do with her";
}

TEST(MaxClientsTest, OneThatIsTurnedAwayAndSilentIsClosedInTheEnd) {
  MemoryDaemon daemon({.max_clients = 1, .handshake_timeout_ns = 5'000'000});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.Connect("bob");
  daemon.poller().Advance(4'999'999);
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 2u);
  daemon.poller().Advance(1);
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 1u);
  EXPECT_TRUE(IsClosed(daemon, bob));
  EXPECT_THAT(Refusals(daemon.End()), ElementsAre("bob: too many clients")) << "one reason, not two";
}

// Whoever floods the daemon with connections must not make it keep them.
TEST(MaxClientsTest, OfVeryManyOnlySomeAreTold) {
  MemoryDaemon daemon({.max_clients = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  std::deque<MemoryDaemon::Client> others;
  for (int i = 0; i < 40; ++i) {
    others.emplace_back(daemon, daemon.listener().Connect("other-" + std::to_string(i)));
    daemon.Turn();
  }
  EXPECT_EQ(ClientCount(daemon), 1u + 16);
  EXPECT_EQ(std::ranges::count_if(others, [&](auto& other) { return IsClosed(daemon, other); }), 40 - 16);
  EXPECT_EQ(daemon.poller().forgotten().size(), 40u - 16) << "their handles, which no watch ever had";
  others.clear();
  daemon.TurnUntil([&] { return ClientCount(daemon) == 1; });
  alice.AwaitReply(alice.Send(LS_CONNECT_HOSTNAME));
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(Refusals(trace).size(), 40u);
}

TEST(MaxClientsTest, OneThatIsTurnedAwayTakesNobodysPlace) {
  MemoryDaemon daemon({.max_clients = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.Connect("bob");
  alice.end().Close();
  daemon.Turn();
  MemoryDaemon::Client carol = daemon.ConnectAndOpen("carol");
  EXPECT_THAT(Refusals(daemon.End()), ElementsAre("bob: too many clients"));
}

TEST(MaxClientsTest, ThereIsRoomAgainWhenOneHasGone) {
  MemoryDaemon daemon({.max_clients = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  alice.end().Close();
  daemon.Turn();
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  EXPECT_THAT(Refusals(daemon.End()), IsEmpty());
}

// Closed, but a call of it is still under way: it is no connection any more.
TEST(MaxClientsTest, AClientThatWaitsForItsLastCallTakesNobodysPlace) {
  MemoryDaemon daemon({.max_clients = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  alice.SendLatched("x");
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  alice.end().Close();
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 1u);
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  daemon.driver().Release("x");
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_THAT(Refusals(trace), IsEmpty());
}

TEST(MaxClientsTest, TheLogIsToldAlsoWhatHappenedInTheLastTurn) {
  std::vector<std::string> log;
  MemoryDaemon daemon({.max_clients = 1, .log = [&](const std::string& line) { log.push_back(line); }});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const auto bob = daemon.listener().Connect("bob");
  daemon.AskToEnd();  // The turn that sees it is the one that turns bob away.
  static_cast<void>(daemon.End());
  EXPECT_THAT(log, ElementsAre("bob is turned away: too many clients"));
}

TEST(HandshakeTimeoutTest, ASilentClientIsClosedWhenItsTimeIsOverAndNobodyWaitsForIt) {
  std::vector<std::string> log;
  MemoryDaemon daemon(
      {.handshake_timeout_ns = 5'000'000, .log = [&](const std::string& line) { log.push_back(line); }});
  MemoryDaemon::Client silent = ConnectShaking(daemon, "silent");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  bob.AwaitReply(bob.Send(LS_CONNECT_HOSTNAME));
  daemon.poller().Advance(4'999'999);
  daemon.Turn();
  EXPECT_FALSE(IsClosed(daemon, silent));
  daemon.poller().Advance(1);
  daemon.Turn();
  EXPECT_TRUE(IsClosed(daemon, silent));
  EXPECT_EQ(ClientCount(daemon), 1u);
  EXPECT_THAT(log, ElementsAre("silent (somewhere:1) is turned away: its handshake took too long"));
  bob.AwaitReply(bob.Send(LS_CONNECT_HOSTNAME));

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_THAT(Refusals(trace), ElementsAre("silent: its handshake took too long"));
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), 2u);
}

TEST(HandshakeTimeoutTest, AClientThatIsDoneWithItHasNoTimerAnyMore) {
  MemoryDaemon daemon({.handshake_timeout_ns = 5'000'000});
  MemoryDaemon::Client alice = ConnectShaking(daemon, "alice");
  const std::byte byte{};
  ASSERT_EQ(alice.end().Write({&byte, 1}).status, IoStatus::kOk);
  alice.Open();
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");  // Never had one.
  daemon.poller().Advance(3'600'000'000'000);
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 2u);
  const Trace trace = daemon.End();
  EXPECT_THAT(StepsOfKind(trace, EventKind::kTimerFired), IsEmpty());
  EXPECT_THAT(Refusals(trace), IsEmpty());
}

TEST(HandshakeTimeoutTest, AClientThatGoesBeforeItsTimeIsOverLeavesNoTimer) {
  MemoryDaemon daemon({.handshake_timeout_ns = 5'000'000});
  MemoryDaemon::Client alice = ConnectShaking(daemon, "alice");
  alice.end().Close();
  daemon.Turn();
  daemon.Turn();
  daemon.poller().Advance(3'600'000'000'000);
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 0u);
  EXPECT_THAT(StepsOfKind(daemon.End(), EventKind::kTimerFired), IsEmpty());
}

}  // namespace
}  // namespace lockscope::daemon
