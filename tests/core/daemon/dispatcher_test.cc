#include "core/daemon/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/daemon/memory_driver.h"
#include "core/rpc/caller.h"
#include "core/rpc/memory_transport.h"
#include "core/sync/guard.h"
#include "tests/core/rpc/bytes.h"

namespace lockscope::daemon {
namespace {

using rpc::Bytes;
using rpc::Copy;
using rpc::Message;
using rpc::MessageStatus;
using rpc::MessageType;
using rpc::NaivePacket;
using rpc::NaiveXdr;
using rpc::PacketHeader;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kUuidText = "0123456789abcdef";

rpc::Uuid MakeUuid() {
  rpc::Uuid uuid;
  std::copy(kUuidText.begin(), kUuidText.end(), uuid.begin());
  return uuid;
}

MemoryDriverConfig TwoDomains() {
  MemoryDriverConfig config;
  config.hostname = "tiger";
  config.domains = {{.ref = {"test", MakeUuid(), 1}, .status = {DomainState::kRunning, 7}},
                    {.ref = {"off", {9}, -1}, .status = {DomainState::kShutOff, 0}}};
  return config;
}

// An error's payload as it stands on the wire.
Bytes NaiveError(uint32_t code, uint32_t origin, std::string_view text) {
  NaiveXdr error;
  error.Word(code).Word(origin).Word(1).Text(text).Word(2);
  for (int i = 0; i < 7; ++i) error.Word(0);
  return error.bytes();
}

class DispatcherTest : public testing::Test {
 protected:
  // The whole of what a worker does with a message that wants a reply.
  Effect Answer(Message& message) {
    sync::AssertNothingHeld();
    Call call = dispatcher_.Decode(message, state_);
    LS_CHECK(call.wants_reply(), "the test's message is not answered");
    dispatcher_.Run(call);
    return dispatcher_.Encode(std::move(call), message, state_);
  }
  // The bytes that answer these bytes.
  Bytes Ask(const PacketHeader& header, const Bytes& payload = {}) {
    Message message = rpc::ReadWhole(NaivePacket(header, payload));
    effect_ = Answer(message);
    return Copy(message.unsent());
  }
  void ExpectIgnored(const PacketHeader& header) {
    const Call call = dispatcher_.Decode(rpc::ReadWhole(NaivePacket(header)), state_);
    EXPECT_FALSE(call.wants_reply());
    EXPECT_FALSE(call.needs_driver());
  }
  static PacketHeader ReplyTo(PacketHeader header, MessageStatus status = MessageStatus::kOk) {
    header.type = MessageType::kReply;
    header.status = status;
    return header;
  }
  static Bytes Refusal(const PacketHeader& header, uint32_t code, uint32_t origin, std::string_view text) {
    return NaivePacket(ReplyTo(header, MessageStatus::kError), NaiveError(code, origin, text));
  }

  std::vector<int64_t> slept_;
  MemoryDriver driver_{TwoDomains(), [this](int64_t ns) { slept_.push_back(ns); }};
  Dispatcher dispatcher_{driver_};
  ConnectionState state_{.open = true};
  Effect effect_ = Effect::kNone;
};

TEST_F(DispatcherTest, TheReplyStandsInTheCallsMessageAndRepeatsItsSerial) {
  const PacketHeader call{.procedure = 59, .serial = 0xfeed};
  EXPECT_EQ(Ask(call), NaivePacket(ReplyTo(call), NaiveXdr().Text("tiger").bytes()));
  EXPECT_EQ(effect_, Effect::kNone);
}

TEST_F(DispatcherTest, AuthListOffersNothingAndNeedsNoOpenConnection) {
  state_ = {};
  EXPECT_EQ(Ask({.procedure = 66}), NaivePacket(ReplyTo({.procedure = 66}), NaiveXdr().Word(0).bytes()));
}

TEST_F(DispatcherTest, OffersTheThreeFeaturesThatItHas) {
  state_ = {};
  for (uint32_t feature = 0; feature < 30; ++feature) {
    const bool offered = feature == 10 || feature == 14 || feature == 15;
    EXPECT_EQ(Ask({.procedure = 60}, NaiveXdr().Word(feature).bytes()),
              NaivePacket(ReplyTo({.procedure = 60}), NaiveXdr().Word(offered ? 1 : 0).bytes()))
        << feature;
  }
}

TEST_F(DispatcherTest, OpeningMakesTheConnectionOpen) {
  state_ = {};
  EXPECT_EQ(Ask({.procedure = 1}, NaiveXdr().Word(1).Text("test:///default").Word(0).bytes()),
            NaivePacket(ReplyTo({.procedure = 1})));
  EXPECT_EQ(effect_, Effect::kOpened);
  EXPECT_TRUE(state_.open);
  EXPECT_FALSE(state_.read_only);
}

TEST_F(DispatcherTest, OpeningMayBeReadOnlyAndWithoutAnAddress) {
  state_ = {};
  Ask({.procedure = 1}, NaiveXdr().Word(0).Word(1).bytes());
  EXPECT_EQ(effect_, Effect::kOpened);
  EXPECT_TRUE(state_.read_only);
}

TEST_F(DispatcherTest, AnAddressThatTheDriverDoesNotTakeLeavesTheConnectionClosed) {
  state_ = {};
  const PacketHeader call{.procedure = 1, .serial = 2};
  EXPECT_EQ(Ask(call, NaiveXdr().Word(1).Text("foo:///bar").Word(0).bytes()),
            Refusal(call, 5, 0, "no connection driver available for foo:///bar"));
  EXPECT_EQ(effect_, Effect::kNone);
  EXPECT_FALSE(state_.open);
}

TEST_F(DispatcherTest, AConnectionIsNotOpenedTwice) {
  const PacketHeader call{.procedure = 1};
  EXPECT_EQ(Ask(call, NaiveXdr().Word(0).Word(0).bytes()),
            Refusal(call, 1, 7, "internal error: hypervisor connection already open"));
}

TEST_F(DispatcherTest, ClosingIsAnsweredAndThenEndsTheConnection) {
  EXPECT_EQ(Ask({.procedure = 2}), NaivePacket(ReplyTo({.procedure = 2})));
  EXPECT_EQ(effect_, Effect::kCloseAfterReply);
}

TEST_F(DispatcherTest, ListsDomainsAsTheyStandOnTheWire) {
  NaiveXdr both;
  both.Word(2).Text("test").Raw(kUuidText).Word(1).Text("off").Raw(std::string("\t") + std::string(15, '\0'));
  both.Word(0xffff'ffff).Word(2);
  const PacketHeader call{.procedure = 273};
  EXPECT_EQ(Ask(call, NaiveXdr().Word(1).Word(3).bytes()), NaivePacket(ReplyTo(call), both.bytes()));
  EXPECT_EQ(Ask(call, NaiveXdr().Word(1).Word(0).bytes()), NaivePacket(ReplyTo(call), both.bytes()));

  const Bytes active = NaiveXdr().Word(1).Text("test").Raw(kUuidText).Word(1).Word(1).bytes();
  EXPECT_EQ(Ask(call, NaiveXdr().Word(1).Word(1).bytes()), NaivePacket(ReplyTo(call), active));

  const Bytes only_count = NaiveXdr().Word(0).Word(2).bytes();
  EXPECT_EQ(Ask(call, NaiveXdr().Word(0).Word(3).bytes()), NaivePacket(ReplyTo(call), only_count));
}

TEST_F(DispatcherTest, TellsADomainsState) {
  const PacketHeader call{.procedure = 212};
  EXPECT_EQ(Ask(call, NaiveXdr().Text("test").Raw(kUuidText).Word(1).Word(0).bytes()),
            NaivePacket(ReplyTo(call), NaiveXdr().Word(1).Word(7).bytes()));
}

TEST_F(DispatcherTest, LooksDomainsUpInThreeWays) {
  const Bytes domain = NaiveXdr().Text("test").Raw(kUuidText).Word(1).bytes();
  EXPECT_EQ(Ask({.procedure = 23}, NaiveXdr().Text("test").bytes()), NaivePacket(ReplyTo({.procedure = 23}), domain));
  EXPECT_EQ(Ask({.procedure = 24}, NaiveXdr().Raw(kUuidText).bytes()), NaivePacket(ReplyTo({.procedure = 24}), domain));
  EXPECT_EQ(Ask({.procedure = 22}, NaiveXdr().Word(1).bytes()), NaivePacket(ReplyTo({.procedure = 22}), domain));
  EXPECT_EQ(Ask({.procedure = 23}, NaiveXdr().Text("web").bytes()),
            Refusal({.procedure = 23}, 42, 12, "Domain not found: no domain with the name 'web'"));
}

// ---- Refusing gracefully

TEST_F(DispatcherTest, AnUnknownProcedureIsRefusedInTheWordsThatVirshReads) {
  const PacketHeader call{.procedure = 9999, .serial = 3};
  EXPECT_EQ(Ask(call), Refusal(call, 39, 7, "unknown procedure: 9999"));
}

TEST_F(DispatcherTest, AnUnknownProgramOrVersionIsRefusedWithTheCallersOwn) {
  const PacketHeader program{.program = 0x1234, .procedure = 59};
  EXPECT_EQ(Ask(program), Refusal(program, 39, 7, "Cannot find program 4660 version 1"));
  const PacketHeader version{.version = 2, .procedure = 59};
  EXPECT_EQ(Ask(version), Refusal(version, 39, 7, "Cannot find program 536903814 version 2"));
}

TEST_F(DispatcherTest, ArgumentsThatAreShortOrOverLongAreRefused) {
  const PacketHeader call{.procedure = 23};
  const Bytes refusal = Refusal(call, 39, 7, "Unable to decode message payload");
  EXPECT_EQ(Ask(call), refusal);
  EXPECT_EQ(Ask(call, NaiveXdr().Word(5).Raw("test").bytes()), refusal);
  EXPECT_EQ(Ask(call, NaiveXdr().Word(LS_TEXT_MAX + 1).bytes()), refusal);
  EXPECT_EQ(Ask(call, NaiveXdr().Word(0xffff'ffff).bytes()), refusal);
}

TEST_F(DispatcherTest, BytesAfterTheArgumentsAreIgnored) {
  const PacketHeader call{.procedure = 59};
  EXPECT_EQ(Ask(call, NaiveXdr().Text("more").bytes()), NaivePacket(ReplyTo(call), NaiveXdr().Text("tiger").bytes()));
}

TEST_F(DispatcherTest, ACallWithAStatusIsRefused) {
  const PacketHeader call{.procedure = 59, .status = MessageStatus::kContinue};
  EXPECT_EQ(Ask(call), Refusal(call, 39, 7, "Unexpected message status 2"));
}

TEST_F(DispatcherTest, ACallBeforeOpenIsRefused) {
  state_ = {};
  const PacketHeader call{.procedure = 59};
  EXPECT_EQ(Ask(call), Refusal(call, 1, 7, "internal error: hypervisor connection not open"));
}

TEST_F(DispatcherTest, ACallWithDescriptorsIsRefused) {
  const PacketHeader call{.procedure = 59, .type = MessageType::kCallWithFds};
  EXPECT_EQ(Ask(call, NaiveXdr().Word(0).bytes()), Refusal(call, 39, 7, "Unable to decode message payload"));
}

TEST_F(DispatcherTest, WhatIsNoCallIsIgnored) {
  for (int32_t type : {1, 2, 3, 5, 6, -1}) {
    ExpectIgnored({.procedure = 59, .type = static_cast<MessageType>(type)});
    ExpectIgnored({.program = 7, .procedure = 59, .type = static_cast<MessageType>(type)});
  }
}

TEST_F(DispatcherTest, WhatTheDriverCannotDoIsRefusedWithTheCodeThatVirshKnows) {
  sync::AssertNothingHeld();
  Driver nothing;
  const Dispatcher dispatcher(nothing);
  const PacketHeader header{.procedure = 59};
  Message message = rpc::ReadWhole(NaivePacket(header));
  Call call = dispatcher.Decode(message, state_);
  dispatcher.Run(call);
  dispatcher.Encode(std::move(call), message, state_);
  EXPECT_EQ(Copy(message.unsent()),
            Refusal(header, 3, 12, "this function is not supported by the connection driver: hostname"));
}

TEST_F(DispatcherTest, AnAnswerThatDoesNotFitIsRefused) {
  sync::AssertNothingHeld();
  MemoryDriverConfig config;
  config.domains.assign(LS_DOMAINS_MAX + 1, Domain{.ref = {"clone", {}, 1}, .status = {}});
  MemoryDriver driver(std::move(config), [](int64_t) {});
  const Dispatcher dispatcher(driver);
  const PacketHeader header{.procedure = 273};
  Message message = rpc::ReadWhole(NaivePacket(header, NaiveXdr().Word(1).Word(3).bytes()));
  Call call = dispatcher.Decode(message, state_);
  dispatcher.Run(call);
  EXPECT_EQ(dispatcher.Encode(std::move(call), message, state_), Effect::kNone);
  EXPECT_EQ(Copy(message.unsent()), Refusal(header, 39, 7, "Unable to encode message payload"));
}

TEST_F(DispatcherTest, ARefusalThatQuotesTheLargestTextStillFits) {
  const PacketHeader call{.procedure = 23};
  const Bytes answer = Ask(call, NaiveXdr().Text(std::string(LS_TEXT_MAX, 'x')).bytes());
  EXPECT_LT(answer.size(), 2048u);
}

// ---- Keep-alive

TEST_F(DispatcherTest, APingIsAnsweredByAPongWithoutTheDriver) {
  state_ = {};
  PacketHeader ping{.program = rpc::kKeepaliveProgram, .procedure = 1, .type = MessageType::kMessage};
  Message message = rpc::ReadWhole(NaivePacket(ping));
  Call call = dispatcher_.Decode(message, state_);
  EXPECT_EQ(call.name(), "keepalive_ping");
  ASSERT_TRUE(call.wants_reply());
  ASSERT_FALSE(call.needs_driver());
  EXPECT_EQ(dispatcher_.Encode(std::move(call), message, state_), Effect::kNone);
  PacketHeader pong = ping;
  pong.procedure = 2;
  EXPECT_EQ(Copy(message.unsent()), NaivePacket(pong));
}

TEST_F(DispatcherTest, APongIsIgnored) {
  ExpectIgnored({.program = rpc::kKeepaliveProgram, .procedure = 2, .type = MessageType::kMessage});
  ExpectIgnored({.program = rpc::kKeepaliveProgram, .version = 2, .procedure = 1, .type = MessageType::kMessage});
}

// ---- The three steps

TEST_F(DispatcherTest, OnlyRunCallsTheDriver) {
  sync::AssertNothingHeld();
  MemoryDriverConfig config;
  config.script["hostname"] = {CallStep{.delay_ns = 20, .failure = {}}};
  MemoryDriver driver(std::move(config), [this](int64_t ns) { slept_.push_back(ns); });
  const Dispatcher dispatcher(driver);
  Message message = rpc::ReadWhole(NaivePacket({.procedure = 59}));
  Call call = dispatcher.Decode(message, state_);
  EXPECT_TRUE(call.needs_driver());
  EXPECT_EQ(call.name(), "hostname");
  EXPECT_TRUE(slept_.empty());
  dispatcher.Run(call);
  EXPECT_EQ(slept_.size(), 1u);
  dispatcher.Encode(std::move(call), message, state_);
  EXPECT_EQ(slept_.size(), 1u);
}

TEST_F(DispatcherTest, ACallKeepsNothingOfTheMessageItCameFrom) {
  sync::AssertNothingHeld();
  Message message = rpc::ReadWhole(NaivePacket({.procedure = 23}, NaiveXdr().Text("test").bytes()));
  Call call = dispatcher_.Decode(message, state_);
  message = Message();
  dispatcher_.Run(call);
  EXPECT_EQ(dispatcher_.Encode(std::move(call), message, state_), Effect::kNone);
  EXPECT_EQ(message.header().status, MessageStatus::kOk);
}

TEST_F(DispatcherTest, AReplyBeforeTheCallIsABugOfOurs) {
  Message message = rpc::ReadWhole(NaivePacket({.procedure = 59}));
  Call call = dispatcher_.Decode(message, state_);
  EXPECT_DEATH(dispatcher_.Encode(std::move(call), message, state_), "hostname is wanted before its driver call");
}

TEST_F(DispatcherTest, ProceduresHaveNames) {
  EXPECT_EQ(Dispatcher::ProcedureName(rpc::kRemoteProgram, 59), "hostname");
  EXPECT_EQ(Dispatcher::ProcedureName(rpc::kRemoteProgram, 273), "domain_list");
  EXPECT_EQ(Dispatcher::ProcedureName(rpc::kKeepaliveProgram, 1), "keepalive_ping");
  EXPECT_EQ(Dispatcher::ProcedureName(rpc::kRemoteProgram, 9999), "unknown");
  EXPECT_EQ(Dispatcher::ProcedureName(7, 59), "unknown");
  EXPECT_THAT(Dispatcher::DriverProcedureNames(), Contains("connect_open"));
  EXPECT_THAT(Dispatcher::DriverProcedureNames(), Not(Contains("auth_list")));
}

// The client's side and the daemon's, with nothing between them but bytes in memory.
TEST_F(DispatcherTest, ACallerUnderstandsEveryReply) {
  state_ = {};
  rpc::MemoryTransport::Pair ends = rpc::MemoryTransport::MakePair();
  rpc::MemoryTransport& daemon = *ends.second;
  Message incoming;
  // Answers whatever has arrived, at the moment it arrives; bytes come and go a few at a time.
  daemon.SetLimits({.read_at_most = 5});
  daemon.SetObserver([&] {
    while (daemon.readable()) {
      const rpc::IoResult read = daemon.Read(incoming.space());
      if (read.status != rpc::IoStatus::kOk) return;
      const Result<bool> complete = incoming.Filled(read.bytes);
      ASSERT_TRUE(complete.has_value());
      if (!*complete) continue;
      Message message = std::exchange(incoming, Message());
      Answer(message);
      while (!message.Sent(daemon.Write(message.unsent()).bytes)) {
      }
    }
  });
  rpc::Caller caller(std::move(ends.first));

  EXPECT_TRUE(caller.AuthList()->empty());
  EXPECT_EQ(caller.SupportsFeature(1), false);
  EXPECT_FALSE(caller.Hostname().has_value());
  EXPECT_TRUE(caller.Open("test:///default", true).has_value());
  EXPECT_TRUE(state_.read_only);
  EXPECT_EQ(caller.Hostname(), "tiger");
  EXPECT_EQ(caller.Type(), "TEST");
  EXPECT_EQ(caller.Uri(), "test:///default");
  EXPECT_EQ(caller.Version(), 2u);
  EXPECT_EQ(caller.LibVersion(), 1000u);
  const auto domains = caller.ListAllDomains();
  ASSERT_TRUE(domains.has_value());
  ASSERT_EQ(domains->size(), 2u);
  EXPECT_EQ(caller.ListAllDomains(rpc::kListInactive)->size(), 1u);
  EXPECT_EQ(caller.DomainState(domains->back())->state, static_cast<int>(DomainState::kShutOff));
  EXPECT_EQ(caller.DomainByName("test"), domains->front());
  EXPECT_EQ(caller.DomainByUuid(MakeUuid()), domains->front());
  EXPECT_EQ(caller.DomainById(1), domains->front());
  EXPECT_THAT(caller.DomainByName("web").error().message, HasSubstr("domain_by_name: error 42: Domain not found"));
  EXPECT_TRUE(caller.Close().has_value());
  daemon.SetObserver(nullptr);
}

}  // namespace
}  // namespace lockscope::daemon
