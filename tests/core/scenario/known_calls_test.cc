#include "core/scenario/known_calls.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/daemon/dispatcher.h"
#include "core/daemon/memory_driver.h"
#include "core/sync/guard.h"

namespace lockscope::scenario {
namespace {

TEST(KnownCallsTest, EachIsCalledWhatTheDaemonCallsIt) {
  for (const KnownCall& call : KnownCalls()) {
    EXPECT_EQ(daemon::Dispatcher::ProcedureName(rpc::kRemoteProgram, call.procedure), call.name);
    EXPECT_EQ(FindCall(call.name), &call);
  }
  EXPECT_EQ(FindCall("hostnam"), nullptr);
}

TEST(KnownCallsTest, ThoseOfTheDriverAreThoseThatTheDaemonMakesADriverCallFor) {
  const std::vector<std::string_view> in_driver = daemon::Dispatcher::DriverProcedureNames();
  for (const KnownCall& call : KnownCalls()) {
    EXPECT_EQ(std::ranges::find(in_driver, call.name) != in_driver.end(), call.in_driver) << call.name;
  }
}

// Each is decoded and answered: its arguments are what the daemon takes.
TEST(KnownCallsTest, TheDaemonUnderstandsEachOfThem) {
  sync::AssertNothingHeld();
  for (const KnownCall& call : KnownCalls()) {
    daemon::MemoryDriver driver({}, [](int64_t) {});
    const daemon::Dispatcher dispatcher(driver);
    daemon::ConnectionState state{.open = true};
    if (call.name == "event_unsubscribe") state.subscriptions.Add(0, {});
    daemon::DomainEvents events;
    const daemon::DomainRef domain = daemon::DefaultDomains().front().ref;
    if (call.name == "domain_resume") {
      EXPECT_TRUE(driver.SuspendDomain(domain, events));
    }
    if (call.name == "domain_start") {
      EXPECT_TRUE(driver.DestroyDomain(domain, events));
    }
    rpc::Message message;
    ASSERT_TRUE(message.Compose({.procedure = call.procedure}, [&](std::vector<std::byte>& bytes) -> Result<void> {
      bytes.insert(bytes.end(), call.arguments.begin(), call.arguments.end());
      return {};
    }));
    daemon::Call made = dispatcher.Decode(message, state);
    dispatcher.Run(made);
    dispatcher.Encode(std::move(made), message, state);
    EXPECT_EQ(message.header().status, rpc::MessageStatus::kOk) << call.name;
  }
}

TEST(KnownCallsTest, TheNearestNameIsFound) {
  const std::vector<std::string> names = {"domain_list", "hostname", "version"};
  EXPECT_EQ(NearestName("domain_lst", names), "domain_list");
  EXPECT_EQ(NearestName("hostnmae", names), "hostname");
  EXPECT_EQ(NearestName("versions", names), "version");
  EXPECT_EQ(NearestName("suspend", names), "");
  EXPECT_EQ(NearestName("", names), "");
}

TEST(KnownCallsTest, APartOfOneNameAloneStandsForIt) {
  const std::vector<std::string> names = {"reply-locks-client-first", "no-reference", "no-wake-up"};
  EXPECT_EQ(NearestName("reply-lock", names), "reply-locks-client-first");
  EXPECT_EQ(NearestName("wake-up", names), "no-wake-up");
  EXPECT_EQ(NearestName("-re", {"no-reference", "no-refusal"}), "") << "two have it";
  EXPECT_EQ(NearestName("no", names), "") << "too short to say anything";
}

}  // namespace
}  // namespace lockscope::scenario
