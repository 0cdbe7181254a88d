// What a client may send that is no proper call: each is refused as it should be, over a real socket, and the connection
// carries on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/daemon/memory_driver.h"
#include "core/rpc/unix_socket.h"
#include "tests/core/rpc/bytes.h"
#include "tests/support/live_daemon.h"
#include "tests/support/naive_rules.h"
#include "tests/support/recorded_run.h"

namespace lockscope::daemon {
namespace {

using rpc::Bytes;
using rpc::MessageStatus;
using rpc::MessageType;
using rpc::NaiveXdr;
using rpc::PacketHeader;
using ::testing::IsEmpty;

constexpr uint32_t kSerial = 77;

struct Refused {
  const char* name;
  PacketHeader header;
  Bytes payload;
  std::string expected;  // "39/7 text".
};

std::vector<Refused> AllRefused() {
  const std::string undecodable = "39/7 Unable to decode message payload";
  return {
      {"AnUnknownProcedure", {.procedure = 9999}, {}, "39/7 unknown procedure: 9999"},
      {"AProcedureNumberThatIsNegative", {.procedure = -1}, {}, "39/7 unknown procedure: -1"},
      {"AnEventsNumberAsACall", {.procedure = 318}, {}, "39/7 unknown procedure: 318"},
      {"AnUnknownProgram", {.program = 0x1234, .procedure = 59}, {}, "39/7 Cannot find program 4660 version 1"},
      {"AnUnknownVersion", {.version = 2, .procedure = 59}, {}, "39/7 Cannot find program 536903814 version 2"},
      {"NoArguments", {.procedure = 23}, {}, undecodable},
      {"ShortArguments", {.procedure = 23}, NaiveXdr().Word(5).Raw("test").bytes(), undecodable},
      {"AStringOverItsBound", {.procedure = 23}, NaiveXdr().Word(4'194'305).bytes(), undecodable},
      {"AStringOfTheLargestLength", {.procedure = 23}, NaiveXdr().Word(0xffff'ffff).bytes(), undecodable},
      {"AnOptionThatIsNeitherThereNorNot", {.procedure = 316}, NaiveXdr().Word(0).Word(2).bytes(), undecodable},
      {"ADomainWithoutItsId", {.procedure = 16}, NaiveXdr().Text("test").Raw("0123456789abcdef").bytes(), undecodable},
      {"ACallWithTheStatusError",
       {.procedure = 59, .status = MessageStatus::kError},
       {},
       "39/7 Unexpected message status 1"},
      {"ACallWithTheStatusContinue",
       {.procedure = 59, .status = MessageStatus::kContinue},
       {},
       "39/7 Unexpected message status 2"},
      {"ACallWithDescriptors",
       {.procedure = 59, .type = MessageType::kCallWithFds},
       NaiveXdr().Word(0).bytes(),
       undecodable},
      {"ASecondOpen",
       {.procedure = 1},
       NaiveXdr().Word(0).Word(0).bytes(),
       "1/7 internal error: hypervisor connection already open"},
      {"WhatTheDriverCannotDo",
       {.procedure = 122},
       {},
       "3/12 this function is not supported by the connection driver: security_model"},
      {"ADomainThatIsNotThere",
       {.procedure = 23},
       NaiveXdr().Text("nobody").bytes(),
       "42/12 Domain not found: no domain with the name 'nobody'"},
  };
}

class WireRefusalsTest : public ::testing::Test {
 protected:
  WireRefusalsTest() : daemon_(driver_, {}), caller_(daemon_.Connect("alice")) {}

  std::string Ask(PacketHeader header, const Bytes& payload) {
    header.serial = kSerial;
    if (!caller_.SendPacket(header, payload)) return "not sent";
    const Result<rpc::Message> reply = caller_.Receive(kSerial);
    if (!reply) return reply.error().message;
    PacketHeader expected = header;
    expected.type = MessageType::kReply;
    expected.status = MessageStatus::kError;
    EXPECT_EQ(reply->header(), expected) << "the caller's own program, version, procedure and serial";
    const auto error = rpc::DecodeXdr<ls_error>(reply->payload());
    if (!error) return error.error().message;
    EXPECT_EQ((*error)->level, 2);
    const rpc::WireError wire = rpc::FromXdr(**error);
    return fmt::format("{}/{} {}", static_cast<int>(wire.code), static_cast<int>(wire.origin), wire.message);
  }

  testing::RecordedRun run_;
  MemoryDriver driver_{{}, sync::SleepFor};
  testing::LiveDaemon daemon_;
  rpc::Caller caller_;
};

class RefusedCallTest : public WireRefusalsTest, public ::testing::WithParamInterface<Refused> {};

TEST_P(RefusedCallTest, IsAnsweredByItsErrorAndTheConnectionCarriesOn) {
  ASSERT_TRUE(caller_.Open("test:///default"));
  EXPECT_EQ(Ask(GetParam().header, GetParam().payload), GetParam().expected);
  EXPECT_EQ(caller_.Hostname(), "lockscope");
  ASSERT_TRUE(caller_.Close());
  daemon_.End();
  EXPECT_THAT(testing::NaiveComplaints(run_.Finish()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Cases, RefusedCallTest, ::testing::ValuesIn(AllRefused()),
                         [](const auto& test) { return test.param.name; });

TEST_F(WireRefusalsTest, ACallBeforeOpenIsRefusedAndOpeningStillWorks) {
  for (const int32_t procedure : {59, 3, 273, 316, 360}) {
    EXPECT_EQ(Ask({.procedure = procedure}, NaiveXdr().Word(0).Word(0).bytes()),
              "1/7 internal error: hypervisor connection not open");
  }
  EXPECT_EQ(Ask({.procedure = 1}, NaiveXdr().Word(1).Text("foo:///bar").Word(0).bytes()),
            "5/0 no connection driver available for foo:///bar");
  ASSERT_TRUE(caller_.Open("test:///default"));
  EXPECT_EQ(caller_.Hostname(), "lockscope");
}

TEST_F(WireRefusalsTest, WhatIsNoCallIsIgnored) {
  ASSERT_TRUE(caller_.Open("test:///default"));
  for (const int32_t type : {1, 2, 3, 5, 6, -1}) {
    ASSERT_TRUE(caller_.SendPacket({.procedure = 59, .type = static_cast<MessageType>(type), .serial = kSerial}));
  }
  EXPECT_EQ(caller_.Hostname(), "lockscope");
  const Result<uint32_t> next = caller_.Send(LS_CONNECT_HOSTNAME);
  ASSERT_TRUE(next);
  ASSERT_TRUE(caller_.Receive(*next));
  ASSERT_TRUE(caller_.Close());
  EXPECT_FALSE(caller_.TryReceive(kSerial)) << "nothing was answered, up to the end of the connection";
}

TEST_F(WireRefusalsTest, BytesBehindTheArgumentsAreIgnored) {
  ASSERT_TRUE(caller_.Open("test:///default"));
  ASSERT_TRUE(caller_.SendPacket({.procedure = 59, .serial = kSerial}, NaiveXdr().Text("more").bytes()));
  const Result<rpc::Message> reply = caller_.Receive(kSerial);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header().status, MessageStatus::kOk);
}

}  // namespace
}  // namespace lockscope::daemon
