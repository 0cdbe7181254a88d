// Clients whose transport needs a handshake first: in a script here, in TLS later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "core/daemon/server.h"
#include "core/sync/guard.h"
#include "tests/support/memory_daemon.h"
#include "tests/support/naive_rules.h"

namespace lockscope::daemon {
namespace {

using rpc::HandshakeStep;
using rpc::MemoryTransport;
using testing::ClientCount;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryDaemon;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using trace::EventKind;
using trace::Trace;

// A handshake of one-byte messages: kWantsRead takes one of the client's, kWantsWrite sends one, kFailed fails. Like TLS it
// reads whatever has come, and gives it out later: the handle does not tell of that.
class ScriptedHandshake final : public rpc::Transport {
 public:
  ScriptedHandshake(std::unique_ptr<MemoryTransport> end, std::deque<HandshakeStep> script)
      : end_(std::move(end)), script_(std::move(script)) {}

  HandshakeStep Handshake() override {
    while (!script_.empty()) {
      const HandshakeStep step = script_.front();
      if (step == HandshakeStep::kFailed) return step;
      if (step == HandshakeStep::kWantsRead) {
        if (!ReadAll()) return HandshakeStep::kFailed;
        if (buffered_.empty()) return step;
        buffered_.pop_front();
      } else {
        const std::byte message{};
        if (end_->Write({&message, 1}).status != rpc::IoStatus::kOk) return step;
      }
      script_.pop_front();
    }
    return HandshakeStep::kDone;
  }
  rpc::IoResult Read(std::span<std::byte> into) override {
    EXPECT_THAT(script_, IsEmpty()) << "nothing is read before the handshake is done";
    if (buffered_.empty()) return end_->Read(into);
    const size_t count = std::min(into.size(), buffered_.size());
    std::copy_n(buffered_.begin(), count, into.begin());
    buffered_.erase(buffered_.begin(), buffered_.begin() + static_cast<std::ptrdiff_t>(count));
    return {.bytes = count};
  }
  rpc::IoResult Write(std::span<const std::byte> from) override { return end_->Write(from); }
  void Close() override { end_->Close(); }
  Handle handle() const override { return end_->handle(); }
  std::string_view peer_name() const override { return end_->peer_name(); }

 private:
  // False: the client is gone.
  bool ReadAll() {
    std::array<std::byte, 256> bytes;
    while (true) {
      const rpc::IoResult result = end_->Read(bytes);
      if (result.status == rpc::IoStatus::kWouldBlock) return true;
      if (result.status != rpc::IoStatus::kOk) return !buffered_.empty();
      buffered_.insert(buffered_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(result.bytes));
    }
  }

  const std::unique_ptr<MemoryTransport> end_;
  std::deque<HandshakeStep> script_;
  std::deque<std::byte> buffered_;
};

MemoryDaemon::Client ConnectShaking(MemoryDaemon& daemon, const std::string& name, std::deque<HandshakeStep> script,
                                    MemoryTransport::Limits daemon_limits = {}) {
  daemon.poller().AwaitParked();
  return {daemon, daemon.listener().Connect(name, daemon_limits, [script](std::unique_ptr<MemoryTransport> end) {
            return std::make_unique<ScriptedHandshake>(std::move(end), script);
          })};
}

void SendMessage(MemoryDaemon& daemon, MemoryDaemon::Client& client) {
  daemon.poller().AwaitParked();
  const std::byte message{};
  ASSERT_EQ(client.end().Write({&message, 1}).status, rpc::IoStatus::kOk);
}

void ReceiveMessage(MemoryDaemon& daemon, MemoryDaemon::Client& client) {
  daemon.poller().AwaitParked();
  std::byte message{};
  ASSERT_EQ(client.end().Read({&message, 1}).status, rpc::IoStatus::kOk);
}

// What the loop watches the newest client for.
uint32_t Watched(MemoryDaemon& daemon) {
  daemon.Turn();
  return daemon.poller().entries().back().wanted;
}

TEST(HandshakeTest, CallsAreReadOnlyAfterIt) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = ConnectShaking(
      daemon, "alice", {HandshakeStep::kWantsRead, HandshakeStep::kWantsWrite, HandshakeStep::kWantsRead});
  daemon.Turn();
  EXPECT_EQ(Watched(daemon), loop::kIoReadable);
  SendMessage(daemon, alice);
  daemon.Turn();
  ReceiveMessage(daemon, alice);
  SendMessage(daemon, alice);
  alice.Open();

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  const std::vector<size_t> began = StepsOfKind(trace, EventKind::kHandshakeBegan);
  const std::vector<size_t> ended = StepsOfKind(trace, EventKind::kHandshakeEnded);
  const std::vector<size_t> read = StepsOfKind(trace, EventKind::kPacketRead);
  ASSERT_EQ(began.size(), 1u);
  ASSERT_EQ(ended.size(), 1u);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_LT(began[0], ended[0]);
  EXPECT_LT(ended[0], read[0]);
  EXPECT_EQ(trace.Name(trace.event(began[0]).object()), "alice");
}

TEST(HandshakeTest, WhatItWaitsForIsWhatTheLoopWatches) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = ConnectShaking(daemon, "alice", {HandshakeStep::kWantsWrite, HandshakeStep::kWantsRead},
                                              {.write_at_most = 0});  // There is no room yet.
  daemon.Turn();
  EXPECT_EQ(Watched(daemon), loop::kIoWritable);
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(HandshakeTest, ACallThatCameWithItsLastMessageIsNotForgotten) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = ConnectShaking(daemon, "alice", {HandshakeStep::kWantsRead});
  daemon.Turn();
  SendMessage(daemon, alice);
  alice.Open();  // In the same turn; the handshake reads both, and the handle is not readable any more.
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(HandshakeTest, AClientWithoutOneHasNoEventsOfIt) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const Trace trace = daemon.End();
  EXPECT_THAT(StepsOfKind(trace, EventKind::kHandshakeBegan), IsEmpty());
  EXPECT_THAT(StepsOfKind(trace, EventKind::kHandshakeEnded), IsEmpty());
}

TEST(HandshakeTest, OneThatFailsAtOnceOrLaterClosesItsClientAndNoOther) {
  for (const bool at_once : {true, false}) {
    MemoryDaemon daemon;
    MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
    MemoryDaemon::Client alice = ConnectShaking(
        daemon, "alice",
        at_once ? std::deque{HandshakeStep::kFailed} : std::deque{HandshakeStep::kWantsRead, HandshakeStep::kFailed});
    daemon.Turn();
    if (!at_once) {
      EXPECT_EQ(ClientCount(daemon), 2u);
      SendMessage(daemon, alice);
      daemon.Turn();
    }
    EXPECT_EQ(ClientCount(daemon), 1u);
    bob.AwaitReply(bob.Send(LS_CONNECT_HOSTNAME));
    const Trace trace = daemon.End();
    EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
    EXPECT_EQ(StepsOfKind(trace, EventKind::kHandshakeBegan).size(), 1u);
    EXPECT_THAT(StepsOfKind(trace, EventKind::kHandshakeEnded), IsEmpty());
    EXPECT_EQ(trace.Name(trace.event(StepsOfKind(trace, EventKind::kClientClosed).front()).object()), "alice");
  }
}

TEST(HandshakeTest, OthersAreServedWhileOneWaitsAndTheDaemonEndsAllTheSame) {
  MemoryDaemon daemon;
  MemoryDaemon::Client slow = ConnectShaking(daemon, "slow", {HandshakeStep::kWantsRead});
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  bob.AwaitReply(bob.Send(LS_CONNECT_HOSTNAME));
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), 2u);
}

}  // namespace
}  // namespace lockscope::daemon
