#include "core/scenario/scripted_handshake.h"

#include <gtest/gtest.h>

#include "core/rpc/memory_transport.h"
#include "core/sched/controlled_transport.h"
#include "core/sync/thread.h"
#include "tests/support/controlled_record.h"

namespace lockscope::scenario {
namespace {

using rpc::HandshakeStep;
using rpc::IoStatus;
using rpc::MemoryTransport;

// The daemon's end alone, with the client's bytes written by hand.
class HandshakeTransportTest : public ::testing::Test {
 protected:
  explicit HandshakeTransportTest(int round_trips = 2) {
    MemoryTransport::Pair ends = MemoryTransport::MakePair("alice", "daemon", {}, Handle{7});
    client_ = std::move(ends.first);
    below_ = ends.second.get();
    daemon_ = std::make_unique<HandshakeTransport>(std::move(ends.second), round_trips);
  }
  void Say(int byte) {
    const std::byte hello{static_cast<unsigned char>(byte)};
    ASSERT_EQ(client_->Write({&hello, 1}).status, IoStatus::kOk);
  }
  int Heard() {
    std::byte answer{};
    return client_->Read({&answer, 1}).status == IoStatus::kOk ? static_cast<int>(answer) : -1;
  }

  std::unique_ptr<MemoryTransport> client_;
  MemoryTransport* below_ = nullptr;
  std::unique_ptr<HandshakeTransport> daemon_;
};

TEST_F(HandshakeTransportTest, AnswersEachByteAndTheLastWithLibvirtsConfirmation) {
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kWantsRead);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kWantsRead) << "asking changes nothing";
  Say(2);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kWantsRead);
  EXPECT_EQ(Heard(), 3);
  Say(2);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kDone);
  EXPECT_EQ(Heard(), 1);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kDone);
  EXPECT_EQ(Heard(), -1);
}

TEST_F(HandshakeTransportTest, WaitsForRoomToAnswer) {
  below_->SetLimits({.write_at_most = 0});
  Say(2);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kWantsWrite);
  Say(2);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kWantsWrite) << "the first answer is still owed";
  below_->SetLimits({});
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kDone);
  EXPECT_EQ(Heard(), 3);
  EXPECT_EQ(Heard(), 1);
}

TEST_F(HandshakeTransportTest, AByteOfAnotherKindFails) {
  Say(9);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kFailed);
}

TEST_F(HandshakeTransportTest, AClientThatGoesAwayFails) {
  Say(2);
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kWantsRead);
  client_->Close();
  EXPECT_EQ(daemon_->Handshake(), HandshakeStep::kFailed);
}

TEST_F(HandshakeTransportTest, PassesEverythingElseOn) {
  EXPECT_EQ(daemon_->handle().value, 7u);
  EXPECT_EQ(daemon_->peer_name(), "alice");
  Say(5);
  std::byte got{};
  EXPECT_EQ(daemon_->Read({&got, 1}).bytes, 1u);
  EXPECT_EQ(got, std::byte{5});
  EXPECT_EQ(daemon_->Write({&got, 1}).bytes, 1u);
  EXPECT_EQ(Heard(), 5);
  daemon_->Close();
  EXPECT_EQ(client_->Write({&got, 1}).status, IoStatus::kClosed);
}

// The client's side, against what `daemon` does.
struct Shaken {
  std::string error;  // "" where it went well.
  int64_t took_ns = 0;
};
Shaken ShakeWith(const HandshakeScript& script, const std::function<void(sched::ControlledTransport&)>& daemon) {
  Shaken shaken;
  const std::unique_ptr<sched::Strategy> strategy = sched::MakeRoundRobin();
  testing::RecordControlled(*strategy, [&](sched::ControlledRuntime& runtime) {
    sched::ControlledPoller poller(runtime);
    sched::ControlledTransport::Pair ends = sched::ControlledTransport::Connect(runtime, poller, "alice");
    sync::Thread program("alice", sync::Role::kClientProgram, [&] {
      const Result<void> result = ShakeHands(*ends.client, script);
      if (!result) shaken.error = result.error().message;
      shaken.took_ns = sync::NowNs();
    });
    daemon(*ends.daemon);
    program.Join();
  });
  return shaken;
}

void Answer(sched::ControlledTransport& daemon, int byte) {
  const std::byte answer{static_cast<unsigned char>(byte)};
  EXPECT_EQ(daemon.Write({&answer, 1}).status, IoStatus::kOk);
}

TEST(ShakeHandsTest, PausesBeforeEachMessageAndIsDoneAfterTheConfirmation) {
  const Shaken shaken = ShakeWith({.round_trips = 3, .pause_ns = 2'000'000}, [](sched::ControlledTransport& daemon) {
    for (const int answer : {3, 3, 1}) Answer(daemon, answer);
  });
  EXPECT_EQ(shaken.error, "");
  EXPECT_GE(shaken.took_ns, 6'000'000);
  EXPECT_LT(shaken.took_ns, 6'100'000);
}

TEST(ShakeHandsTest, FailsWhereTheDaemonClosesTheConnection) {
  const Shaken shaken = ShakeWith({.round_trips = 2}, [](sched::ControlledTransport& daemon) {
    Answer(daemon, 3);
    sync::SleepFor(1'000'000);
    daemon.Close();
  });
  EXPECT_EQ(shaken.error, "the handshake failed: the daemon closed the connection");
}

TEST(ShakeHandsTest, FailsWhereTheDaemonConfirmsTooEarly) {
  const Shaken shaken = ShakeWith({.round_trips = 2}, [](sched::ControlledTransport& daemon) { Answer(daemon, 1); });
  EXPECT_EQ(shaken.error, "the handshake failed: an answer of another kind");
}

}  // namespace
}  // namespace lockscope::scenario
