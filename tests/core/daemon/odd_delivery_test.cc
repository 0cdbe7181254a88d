// Proper and improper bytes over a real socket, in every way that a socket can deliver them, and connections that end on one
// side. Nothing here waits for a time: that the daemon has read is seen at the socket, that it has let go in its count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/daemon/memory_driver.h"
#include "core/sync/guard.h"
#include "tests/core/rpc/bytes.h"
#include "tests/support/allocated_bytes.h"
#include "tests/support/latch_driver.h"
#include "tests/support/live_daemon.h"
#include "tests/support/naive_rules.h"
#include "tests/support/raw_socket.h"
#include "tests/support/recorded_run.h"

namespace lockscope::daemon {
namespace {

using rpc::Bytes;
using rpc::MessageStatus;
using rpc::NaivePacket;
using rpc::NaiveXdr;
using rpc::PacketHeader;
using ::testing::IsEmpty;
using testing::LatchDriver;
using testing::LiveDaemon;
using testing::RawSocket;
using testing::RecordedRun;
using testing::StepsOfKind;
using trace::EventKind;
using trace::Trace;

Bytes OpenCall(uint32_t serial = 0) {
  return NaivePacket({.procedure = LS_CONNECT_OPEN, .serial = serial}, NaiveXdr().Word(0).Word(0).bytes());
}
Bytes LatchedCall(const std::string& name, uint32_t serial) {
  return NaivePacket({.procedure = LS_DOMAIN_BY_NAME, .serial = serial}, NaiveXdr().Text(name).bytes());
}
Bytes LengthWord(uint32_t length) { return NaiveXdr().Word(length).bytes(); }

void Open(RawSocket& socket) {
  ASSERT_TRUE(socket.Send(OpenCall()));
  const std::optional<rpc::Message> reply = socket.Receive();
  ASSERT_TRUE(reply.has_value() && reply->header().status == MessageStatus::kOk);
}

// It serves one more, and holds nobody when that one has gone, too.
void ExpectServingAndHoldingNobody(LiveDaemon& daemon) {
  {
    rpc::Caller fresh = daemon.Connect("fresh");
    ASSERT_TRUE(fresh.Open("test:///default"));
    ASSERT_TRUE(fresh.Hostname());
  }
  while (daemon.client_count() > 0) std::this_thread::yield();
}

// ---- In small pieces

// What virsh sends for `list --all` and some other commands, call by call.
std::vector<Bytes> Session() {
  const Bytes domain = NaiveXdr().Text("test").Raw("0123456789abcdef").Word(1).bytes();
  const std::pair<int32_t, Bytes> calls[] = {
      {LS_AUTH_LIST, {}},
      {LS_CONNECT_FEATURE, NaiveXdr().Word(10).bytes()},
      {LS_CONNECT_OPEN, NaiveXdr().Word(1).Text("test:///default").Word(0).bytes()},
      {LS_CONNECT_FEATURE, NaiveXdr().Word(14).bytes()},
      {LS_CLOSE_CALLBACK_ON, {}},
      {LS_CONNECT_HOSTNAME, {}},
      {LS_DOMAIN_LIST, NaiveXdr().Word(1).Word(3).bytes()},
      {LS_DOMAIN_STATE, Bytes(domain)},  // Its flags are missing: refused.
      {LS_DOMAIN_BY_NAME, NaiveXdr().Text("test").bytes()},
      {LS_CAPABILITIES, {}},
      {9999, {}},
      {LS_CLOSE_CALLBACK_OFF, {}},
      {LS_CONNECT_CLOSE, {}},
  };
  std::vector<Bytes> session;
  uint32_t serial = 0;
  for (const auto& [procedure, payload] : calls) {
    session.push_back(NaivePacket({.procedure = procedure, .serial = serial++}, payload));
  }
  return session;
}

TEST(OddDeliveryTest, ASessionByteByByteIsTheSameSession) {
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  RawSocket whole(daemon.path());
  RawSocket bytes(daemon.path());
  for (const Bytes& call : Session()) {
    ASSERT_TRUE(whole.Send(call));
    ASSERT_TRUE(bytes.SendByteByByte(call));
    const std::optional<rpc::Message> expected = whole.Receive();
    const std::optional<rpc::Message> reply = bytes.Receive(1);
    ASSERT_TRUE(expected.has_value() && reply.has_value());
    EXPECT_EQ(reply->header(), expected->header());
    EXPECT_EQ(rpc::Copy(reply->payload()), rpc::Copy(expected->payload()));
  }
  EXPECT_FALSE(bytes.Receive(1).has_value()) << "good-bye was said";
  ExpectServingAndHoldingNobody(daemon);
  daemon.End();
  EXPECT_THAT(testing::NaiveComplaints(run.Finish()), IsEmpty());
}

TEST(OddDeliveryTest, AllCallsInOneWriteAreAllAnswered) {
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  RawSocket socket(daemon.path());
  Open(socket);
  constexpr uint32_t kCalls = 200;
  Bytes all;
  for (uint32_t serial = 1; serial <= kCalls; ++serial) {
    const Bytes call = NaivePacket({.procedure = LS_CONNECT_HOSTNAME, .serial = serial});
    all.insert(all.end(), call.begin(), call.end());
  }
  ASSERT_TRUE(socket.Send(all));
  std::set<uint32_t> answered;
  for (uint32_t i = 0; i < kCalls; ++i) {
    const std::optional<rpc::Message> reply = socket.Receive();
    ASSERT_TRUE(reply.has_value());
    EXPECT_TRUE(answered.insert(reply->header().serial).second) << "answered twice";
  }
}

// ---- Length words

class BadLengthTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(BadLengthTest, EndsTheConnectionAtOnceAndDisturbsNobody) {
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  rpc::Caller alice = daemon.Connect("alice");
  ASSERT_TRUE(alice.Open("test:///default"));
  for (const bool byte_by_byte : {false, true}) {
    RawSocket socket(daemon.path());
    Open(socket);
    const Bytes word = LengthWord(GetParam());
    ASSERT_TRUE(byte_by_byte ? socket.SendByteByByte(word) : socket.Send(word));
    EXPECT_FALSE(socket.Receive().has_value());
  }
  EXPECT_TRUE(alice.Hostname());
  ASSERT_TRUE(alice.Close());
  ExpectServingAndHoldingNobody(daemon);
}

INSTANTIATE_TEST_SUITE_P(Lengths, BadLengthTest,
                         ::testing::Values(0, 1, 27, rpc::kMaxMessageBytes + 1, 0x8000'0000, 0xffff'ffff));

TEST(OddDeliveryTest, TheShortestAndTheLongestPacketAreCalls) {
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  RawSocket socket(daemon.path());
  Open(socket);
  for (const uint32_t length : {28u, rpc::kMaxMessageBytes}) {
    const Bytes call =
        NaivePacket({.procedure = LS_CONNECT_HOSTNAME, .serial = length}, Bytes(length - rpc::kMinMessageBytes));
    ASSERT_TRUE(socket.Send(call));
    const std::optional<rpc::Message> reply = socket.Receive();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->header().serial, length);
    EXPECT_EQ(reply->header().status, MessageStatus::kOk) << "bytes behind the arguments are ignored";
  }
}

// Each could ask for 32 MiB, in a word of four bytes.
TEST(OddDeliveryTest, APromiseIsNotBelievedBeforeItsBytesCome) {
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (int i = 0; i < 50; ++i) {
    sockets.push_back(std::make_unique<RawSocket>(daemon.path()));
    Open(*sockets.back());
  }
  const size_t before = testing::AllocatedBytes();
  for (const auto& socket : sockets) {
    ASSERT_TRUE(socket->Send(LengthWord(rpc::kMaxMessageBytes)));
    ASSERT_TRUE(socket->Send(Bytes(100)));
    socket->AwaitRead();
  }
  const size_t after = testing::AllocatedBytes();
  EXPECT_LT(after, before + (8 << 20)) << "fifty promises of 32 MiB: 64 KiB each, on trust";
  sockets.clear();
  ExpectServingAndHoldingNobody(daemon);
}

// ---- Connections that end on one side. Who says no more has gone, as with libvirt's own daemon: what waits is dropped.

TEST(HalfCloseTest, WhoSaysNoMoreHasGoneAndWhatWaitsForHimIsDropped) {
  RecordedRun run;
  LatchDriver driver;
  LiveDaemon daemon(driver, {.workers = 1});
  RawSocket socket(daemon.path());
  Open(socket);
  ASSERT_TRUE(socket.Send(LatchedCall("x", 1)));
  driver.AwaitCall("x");
  ASSERT_TRUE(socket.Send(LatchedCall("y", 2)));
  socket.HalfClose();
  EXPECT_FALSE(socket.Receive().has_value()) << "the connection ends at once, though a call is under way";
  EXPECT_EQ(daemon.client_count(), 1u) << "its call keeps it";
  driver.Release("x");
  ExpectServingAndHoldingNobody(daemon);
  daemon.End();
  const Trace trace = run.Finish();
  EXPECT_THAT(testing::NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kReplyDropped).size(), 1u) << "x was under way";
  EXPECT_EQ(StepsOfKind(trace, EventKind::kJobDroppedClientDead).size(), 1u) << "y was waiting";
}

TEST(HalfCloseTest, AnsweredCallsAreReadBeforeTheEnd) {
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  for (int round = 0; round < 20; ++round) {
    RawSocket socket(daemon.path());
    Open(socket);
    ASSERT_TRUE(socket.Send(NaivePacket({.procedure = LS_CONNECT_HOSTNAME, .serial = 1})));
    ASSERT_TRUE(socket.Receive().has_value());
    socket.HalfClose();
    EXPECT_FALSE(socket.Receive().has_value());
  }
  ExpectServingAndHoldingNobody(daemon);
}

TEST(HalfCloseTest, SoHasWhoSaidNothingOrHalfAPacket) {
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  const Bytes call = OpenCall();
  for (size_t sent = 0; sent < call.size(); ++sent) {
    RawSocket socket(daemon.path());
    ASSERT_TRUE(socket.Send(std::span(call).first(sent)));
    socket.HalfClose();
    EXPECT_FALSE(socket.Receive().has_value());
  }
  ExpectServingAndHoldingNobody(daemon);
}

// The daemon does not read on while the client has a request under way: it learns of the end when that is answered. Until
// then the handle must not be one that is always ready, for which the loop would turn without a rest.
TEST(HalfCloseTest, WhileAClientIsNotReadItsEndWaitsAndTheLoopRests) {
  RecordedRun run;
  LatchDriver driver;
  LiveDaemon daemon(driver, {.workers = 2, .max_client_requests = 1});
  RawSocket socket(daemon.path());
  Open(socket);
  ASSERT_TRUE(socket.Send(LatchedCall("x", 1)));
  driver.AwaitCall("x");
  socket.HalfClose();
  rpc::Caller alice = daemon.Connect("alice");
  ASSERT_TRUE(alice.Open("test:///default"));
  constexpr size_t kCalls = 100;
  for (size_t i = 0; i < kCalls; ++i) ASSERT_TRUE(alice.Hostname());
  EXPECT_EQ(daemon.client_count(), 2u);
  driver.Release("x");
  const std::optional<rpc::Message> reply = socket.Receive();
  ASSERT_TRUE(reply.has_value()) << "the answer was written before the end was read";
  EXPECT_FALSE(socket.Receive().has_value());
  ASSERT_TRUE(alice.Close());
  ExpectServingAndHoldingNobody(daemon);
  daemon.End();
  const Trace trace = run.Finish();
  EXPECT_THAT(testing::NaiveComplaints(trace), IsEmpty());
  EXPECT_LE(StepsOfKind(trace, EventKind::kPollReturned).size(), 5 * kCalls + 100)
      << "a turn for each call and one for its reply, and some more";
}

// Its replies cannot be written: the connection is of no more use.
TEST(HalfCloseTest, WhoReadsNoMoreHasGoneWhenHeIsAnswered) {
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {});
  RawSocket socket(daemon.path());
  Open(socket);
  socket.CloseReading();
  ASSERT_TRUE(socket.Send(NaivePacket({.procedure = LS_CONNECT_HOSTNAME, .serial = 1})));
  while (daemon.client_count() > 0) std::this_thread::yield();
  ExpectServingAndHoldingNobody(daemon);
}

}  // namespace
}  // namespace lockscope::daemon
