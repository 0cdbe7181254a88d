// What the procedures look like on the wire: arguments in, result out, byte by byte.
#include "core/daemon/procedures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/daemon/dispatcher.h"
#include "core/daemon/memory_driver.h"
#include "core/sync/guard.h"
#include "tests/core/rpc/bytes.h"

namespace lockscope::daemon {
namespace {

using rpc::Bytes;
using rpc::Message;
using rpc::MessageStatus;
using rpc::NaivePacket;
using rpc::NaiveXdr;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kUuidText = "0123456789abcdef";

MemoryDriverConfig OneDomain() {
  Domain domain{.ref = {"test", {}, 1}, .status = {DomainState::kRunning, 7}};
  std::copy(kUuidText.begin(), kUuidText.end(), domain.ref.uuid.begin());
  domain.autostart = true;
  domain.messages = {"tainted: yes", "so what"};
  MemoryDriverConfig config;
  config.domains = {domain};
  return config;
}

NaiveXdr TheDomain() { return NaiveXdr().Text("test").Raw(kUuidText).Word(1); }

class ProceduresTest : public ::testing::Test {
 protected:
  // The payload of the reply; its status is left in status_, the call's events in events_.
  Bytes Ask(int32_t procedure, const Bytes& arguments = {}) {
    sync::AssertNothingHeld();
    Message message = rpc::ReadWhole(NaivePacket({.procedure = procedure}, arguments));
    Call call = dispatcher_.Decode(message, state_);
    dispatcher_.Run(call);
    events_ = call.events();
    dispatcher_.Encode(std::move(call), message, state_);
    status_ = message.header().status;
    return rpc::Copy(message.payload());
  }
  // "55/12 the text" of the error that the call is answered with.
  std::string Refusal(int32_t procedure, const Bytes& arguments = {}) {
    const auto error = rpc::DecodeXdr<ls_error>(Ask(procedure, arguments));
    if (status_ != MessageStatus::kError || !error) return "no refusal";
    const rpc::WireError wire = rpc::FromXdr(**error);
    return fmt::format("{}/{} {}", static_cast<int>(wire.code), static_cast<int>(wire.origin), wire.message);
  }

  MemoryDriver driver_{OneDomain(), [](int64_t) {}};
  Dispatcher dispatcher_{driver_};
  ConnectionState state_{.open = true};
  MessageStatus status_ = MessageStatus::kOk;
  DomainEvents events_;
};

TEST_F(ProceduresTest, EachIsFoundUnderItsNumberAndHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Procedure& procedure : AllProcedures()) {
    EXPECT_EQ(FindProcedure(procedure.number), &procedure);
    EXPECT_TRUE(names.insert(procedure.name).second) << procedure.name;
  }
  for (const int32_t number : {0, -1, 5, 318, 427, INT32_MAX}) EXPECT_EQ(FindProcedure(number), nullptr) << number;
}

TEST_F(ProceduresTest, ShortAnswersAboutADomain) {
  const Bytes domain = TheDomain().bytes();
  const Bytes with_flags = TheDomain().Word(0).bytes();
  EXPECT_EQ(Ask(19, domain), NaiveXdr().Text("linux").bytes());
  EXPECT_EQ(Ask(151, domain), NaiveXdr().Word(1).bytes()) << "persistent";
  EXPECT_EQ(Ask(150, domain), NaiveXdr().Word(1).bytes()) << "active";
  EXPECT_EQ(Ask(15, domain), NaiveXdr().Word(1).bytes()) << "autostart";
  EXPECT_EQ(Ask(183, with_flags), NaiveXdr().Word(0).bytes()) << "managed save";
  EXPECT_EQ(Ask(426, with_flags), NaiveXdr().Word(2).Text("tainted: yes").Text("so what").bytes());
}

TEST_F(ProceduresTest, InfoHasFiveNumbersOfWhichTheSmallOnesTakeAWord) {
  EXPECT_EQ(Ask(16, TheDomain().bytes()),
            NaiveXdr().Word(1).Big(8'388'608).Big(2'097'152).Word(2).Big(1'500'000'000).bytes());
}

TEST_F(ProceduresTest, NodeInfoHasAWordForEachLetterOfTheModel) {
  NaiveXdr expected;
  for (const char letter : std::string("i686")) expected.Word(static_cast<uint32_t>(letter));
  for (int i = 4; i < 32; ++i) expected.Word(0);
  expected.Big(3'145'728).Word(16).Word(1'400).Word(2).Word(2).Word(2).Word(2);
  EXPECT_EQ(Ask(6), expected.bytes());
}

TEST_F(ProceduresTest, AModelThatIsTooLongIsCutSoThatAZeroStaysBehindIt) {
  MemoryDriverConfig config = OneDomain();
  config.node.model = std::string(40, 'x');
  MemoryDriver driver(std::move(config), [](int64_t) {});
  sync::AssertNothingHeld();
  const Dispatcher dispatcher(driver);
  Message message = rpc::ReadWhole(NaivePacket({.procedure = 6}));
  Call call = dispatcher.Decode(message, state_);
  dispatcher.Run(call);
  dispatcher.Encode(std::move(call), message, state_);
  const Bytes last_word = rpc::Copy(message.payload().subspan(31 * 4, 4));
  EXPECT_EQ(last_word, NaiveXdr().Word(0).bytes());
}

TEST_F(ProceduresTest, DocumentsAreTexts) {
  const auto xml = rpc::DecodeXdr<ls_text_value>(Ask(14, TheDomain().Word(0).bytes()));
  ASSERT_TRUE(xml);
  EXPECT_THAT((*xml)->value, ::testing::StartsWith("<domain type='test' id='1'>"));
  const auto capabilities = rpc::DecodeXdr<ls_text_value>(Ask(7));
  ASSERT_TRUE(capabilities);
  EXPECT_THAT((*capabilities)->value, ::testing::StartsWith("<capabilities>"));
}

TEST_F(ProceduresTest, ThereIsNoModelOfSecurity) {
  EXPECT_EQ(Refusal(122), "3/12 this function is not supported by the connection driver: security_model");
}

TEST_F(ProceduresTest, ADomainIsChangedAndTheEventKeptForTheWorker) {
  const struct {
    int32_t procedure;
    Lifecycle what;
  } kSteps[] = {
      {34, Lifecycle::kSuspended}, {28, Lifecycle::kResumed}, {12, Lifecycle::kStopped}, {9, Lifecycle::kStarted}};
  for (const auto& step : kSteps) {
    EXPECT_THAT(Ask(step.procedure, TheDomain().bytes()), IsEmpty());
    EXPECT_EQ(status_, MessageStatus::kOk) << step.procedure;
    ASSERT_EQ(events_.size(), 1u);
    EXPECT_EQ(events_[0].what, step.what);
  }
}

TEST_F(ProceduresTest, AStateFromWhichNoWayLeadsThereIsRefused) {
  const Bytes domain = TheDomain().bytes();
  EXPECT_EQ(Refusal(28, domain), "55/12 Requested operation is not valid: domain is not paused");
  EXPECT_EQ(Refusal(9, domain), "55/12 Requested operation is not valid: domain is already running");
  Ask(12, domain);
  EXPECT_EQ(Refusal(34, domain), "55/12 Requested operation is not valid: domain is not running");
  EXPECT_EQ(Refusal(12, domain), "55/12 Requested operation is not valid: domain is not running");
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(ProceduresTest, OnAReadOnlyConnectionNothingIsChangedAndAllIsRead) {
  state_.read_only = true;
  const Bytes domain = TheDomain().bytes();
  const std::map<int32_t, std::string> kWriting = {
      {9, "virDomainCreate"}, {12, "virDomainDestroy"}, {28, "virDomainResume"}, {34, "virDomainSuspend"}};
  for (const auto& [procedure, name] : kWriting) {
    EXPECT_EQ(Refusal(procedure, domain), "29/20 operation forbidden: read only access prevents " + name);
    EXPECT_THAT(events_, IsEmpty());
  }
  EXPECT_EQ(Ask(150, domain), NaiveXdr().Word(1).bytes()) << "it still runs";
  for (const Procedure& procedure : AllProcedures()) {
    EXPECT_EQ(!procedure.writes_as.empty(), kWriting.contains(procedure.number)) << procedure.name;
  }
}

TEST_F(ProceduresTest, SubscriptionsAreNumberedAndTakenBack) {
  EXPECT_EQ(Ask(316, NaiveXdr().Word(0).Word(0).bytes()), NaiveXdr().Word(0).bytes());
  EXPECT_EQ(Ask(316, NaiveXdr().Word(26).Word(1).Text("test").Raw(kUuidText).Word(1).bytes()),
            NaiveXdr().Word(1).bytes());
  EXPECT_FALSE(state_.subscriptions.empty());
  EXPECT_THAT(Ask(317, NaiveXdr().Word(0).bytes()), IsEmpty());
  EXPECT_EQ(Refusal(317, NaiveXdr().Word(0).bytes()), "1/7 internal error: domain event callback 0 not registered");
  EXPECT_EQ(Refusal(316, NaiveXdr().Word(27).Word(0).bytes()), "1/7 internal error: unsupported event ID 27");
  EXPECT_EQ(Refusal(316, NaiveXdr().Word(0xffff'ffff).Word(0).bytes()), "1/7 internal error: unsupported event ID -1");
  for (size_t i = 1; i < Subscriptions::kMost; ++i) Ask(316, NaiveXdr().Word(0).Word(0).bytes());
  EXPECT_EQ(Refusal(316, NaiveXdr().Word(0).Word(0).bytes()),
            "1/7 internal error: more than 1000 event callbacks on one connection");
}

TEST_F(ProceduresTest, TheCloseCallbackIsThereOnceOrNot) {
  EXPECT_EQ(Refusal(361), "55/7 Requested operation is not valid: a close callback is not registered");
  EXPECT_THAT(Ask(360), IsEmpty());
  EXPECT_TRUE(state_.close_callback);
  EXPECT_EQ(Refusal(360), "55/7 Requested operation is not valid: a close callback is already registered");
  EXPECT_THAT(Ask(361), IsEmpty());
  EXPECT_FALSE(state_.close_callback);
}

// Whatever the procedure: arguments that end too soon are refused, and nothing is called.
TEST_F(ProceduresTest, EveryProcedureWithArgumentsRefusesNone) {
  const std::set<int32_t> without = {2, 3, 4, 6, 7, 59, 66, 110, 122, 157, 360, 361};
  for (const Procedure& procedure : AllProcedures()) {
    state_ = {.open = procedure.number != 1};
    const bool refused = Refusal(procedure.number) == "39/7 Unable to decode message payload";
    EXPECT_EQ(refused, !without.contains(procedure.number)) << procedure.name;
  }
}

}  // namespace
}  // namespace lockscope::daemon
