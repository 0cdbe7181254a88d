#include "core/daemon/memory_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rpc/caller.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/support/recorded_run.h"

namespace lockscope::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RecordedRun;

constexpr int64_t kMs = 1'000'000;

Domain MakeDomain(std::string name, uint8_t number, int32_t id, DomainState state) {
  return {.ref = {.name = std::move(name), .uuid = {number}, .id = id}, .status = {state, 0}};
}

CallStep Takes(int64_t delay_ns) { return {.delay_ns = delay_ns, .failure = {}}; }

MemoryDriverConfig With(std::vector<Domain> domains) {
  MemoryDriverConfig config;
  config.domains = std::move(domains);
  return config;
}

// A driver whose sleeps are written down instead of slept.
class MemoryDriverTest : public ::testing::Test {
 protected:
  MemoryDriver& Driver(MemoryDriverConfig config = {}) {
    driver_.emplace(std::move(config), [this](int64_t ns) { slept_.push_back(ns); });
    return *driver_;
  }

  std::optional<MemoryDriver> driver_;
  std::vector<int64_t> slept_;
};

TEST_F(MemoryDriverTest, WithoutAScriptCallsWorkAtOnce) {
  sync::AssertNothingHeld();
  EXPECT_EQ(Driver().Hostname(), "lockscope");
  EXPECT_EQ(driver_->Type(), "TEST");
  EXPECT_EQ(driver_->Uri(), "test:///default");
  EXPECT_THAT(slept_, IsEmpty());
}

TEST_F(MemoryDriverTest, IsActiveWhileADomainRunsThatAClientHasStarted) {
  sync::AssertNothingHeld();
  const DomainRef domain = Driver().ListDomains({})->front();
  DomainEvents events;
  EXPECT_FALSE(driver_->active()) << "one that ran from the beginning is nobody's";
  ASSERT_TRUE(driver_->DestroyDomain(domain, events));
  EXPECT_FALSE(driver_->active());
  ASSERT_TRUE(driver_->StartDomain(domain, events));
  EXPECT_TRUE(driver_->active());
  ASSERT_TRUE(driver_->SuspendDomain(domain, events));
  EXPECT_TRUE(driver_->active()) << "it has not ended";
  ASSERT_TRUE(driver_->DestroyDomain(domain, events));
  EXPECT_FALSE(driver_->active());
}

TEST_F(MemoryDriverTest, HasOneRunningDomainUnlessToldOtherwise) {
  sync::AssertNothingHeld();
  const auto domains = Driver().ListDomains({});
  ASSERT_TRUE(domains.has_value());
  ASSERT_EQ(domains->size(), 1u);
  EXPECT_EQ(domains->front().name, "test");
  EXPECT_EQ(domains->front().id, 1);
  EXPECT_EQ(driver_->DomainStatusOf(domains->front()), (DomainStatus{DomainState::kRunning, 0}));
}

TEST_F(MemoryDriverTest, CallsTakeTheirStepsInTurnAndStartAgain) {
  sync::AssertNothingHeld();
  MemoryDriverConfig config;
  config.script["hostname"] = {Takes(20 * kMs), Takes(60 * kMs)};
  Driver(std::move(config));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(driver_->Hostname().has_value());
  EXPECT_THAT(slept_, ElementsAre(20 * kMs, 60 * kMs, 20 * kMs));
}

TEST_F(MemoryDriverTest, AStepMayFailAfterItsDelay) {
  sync::AssertNothingHeld();
  const DriverError gone{rpc::ErrorCode::kInternal, rpc::ErrorOrigin::kDriver, "the host is gone"};
  MemoryDriverConfig config;
  config.script["hostname"] = {{.delay_ns = 5 * kMs, .failure = gone}, Takes(0)};
  Driver(std::move(config));
  const DriverResult<std::string> first = driver_->Hostname();
  ASSERT_FALSE(first.has_value());
  EXPECT_EQ(first.error(), gone);
  EXPECT_THAT(slept_, ElementsAre(5 * kMs));
  EXPECT_TRUE(driver_->Hostname().has_value());
}

TEST_F(MemoryDriverTest, TheStarStandsForProceduresWithoutStepsOfTheirOwn) {
  sync::AssertNothingHeld();
  MemoryDriverConfig config;
  config.script["hostname"] = {Takes(1)};
  config.script["*"] = {Takes(10), Takes(20)};
  Driver(std::move(config));
  EXPECT_TRUE(driver_->Hostname().has_value());
  EXPECT_TRUE(driver_->Type().has_value());
  EXPECT_TRUE(driver_->ListDomains({}).has_value());
  EXPECT_THAT(slept_, ElementsAre(1, 10, 20));
}

TEST_F(MemoryDriverTest, NoLockOfTheDriversIsHeldWhileItSleeps) {
  // The sleeper calls the driver: with its lock held this would be the second acquisition by one thread, a breach.
  sync::AssertNothingHeld();
  MemoryDriverConfig config;
  config.script["domain_list"] = {Takes(1)};
  std::optional<MemoryDriver> driver;
  int sleeps = 0;
  driver.emplace(std::move(config), [&](int64_t) {
    ++sleeps;
    sync::AssertNothingHeld();
    EXPECT_TRUE(driver->DomainById(1).has_value());
  });
  EXPECT_TRUE(driver->ListDomains({}).has_value());
  EXPECT_EQ(sleeps, 1);
}

TEST_F(MemoryDriverTest, OpensItsOwnAddressAndNoOther) {
  sync::AssertNothingHeld();
  Driver();
  EXPECT_TRUE(driver_->Open("test:///default", false).has_value());
  EXPECT_TRUE(driver_->Open("", true).has_value());
  const DriverResult<void> other = driver_->Open("foo:///bar", false);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, rpc::ErrorCode::kNoConnect);
  EXPECT_EQ(other.error().origin, rpc::ErrorOrigin::kNone);
  EXPECT_THAT(other.error().message, HasSubstr("foo:///bar"));
}

TEST_F(MemoryDriverTest, ListsWhatTheFilterLetsThrough) {
  sync::AssertNothingHeld();
  const Domain on = MakeDomain("on", 1, 4, DomainState::kRunning);
  const Domain off = MakeDomain("off", 2, -1, DomainState::kShutOff);
  Driver(With({on, off}));
  EXPECT_THAT(*driver_->ListDomains({}), ElementsAre(on.ref, off.ref));
  EXPECT_THAT(*driver_->ListDomains({.wanted = rpc::kListActive}), ElementsAre(on.ref));
  EXPECT_THAT(*driver_->ListDomains({.wanted = rpc::kListInactive}), ElementsAre(off.ref));
}

TEST_F(MemoryDriverTest, FindsADomainByNameUuidAndId) {
  sync::AssertNothingHeld();
  const Domain on = MakeDomain("on", 1, 4, DomainState::kPaused);
  const Domain off = MakeDomain("off", 2, -1, DomainState::kShutOff);
  Driver(With({on, off}));
  EXPECT_EQ(driver_->DomainByName("off"), off.ref);
  EXPECT_EQ(driver_->DomainByUuid(on.ref.uuid), on.ref);
  EXPECT_EQ(driver_->DomainById(4), on.ref);
  EXPECT_EQ(driver_->DomainStatusOf(on.ref), on.status);
}

TEST_F(MemoryDriverTest, ADomainThatIsNotThereIsAnErrorThatSaysWhatWasLookedFor) {
  sync::AssertNothingHeld();
  Driver(With({MakeDomain("off", 2, -1, DomainState::kShutOff)}));
  const auto by_name = driver_->DomainByName("web");
  ASSERT_FALSE(by_name.has_value());
  EXPECT_EQ(by_name.error().code, rpc::ErrorCode::kNoDomain);
  EXPECT_EQ(by_name.error().origin, rpc::ErrorOrigin::kDriver);
  EXPECT_THAT(by_name.error().message, HasSubstr("'web'"));
  EXPECT_THAT(driver_->DomainByUuid({0xab}).error().message, HasSubstr("ab000000-0000-0000-0000-000000000000"));
  EXPECT_FALSE(driver_->DomainById(-1).has_value()) << "-1 is no id";
  EXPECT_FALSE(driver_->DomainStatusOf({.name = "web"}).has_value());
}

TEST_F(MemoryDriverTest, AChangeIsReportedInTheCallsOwnList) {
  sync::AssertNothingHeld();
  Driver();
  const DomainRef domain = DefaultDomains().front().ref;
  DomainEvents events;
  EXPECT_TRUE(driver_->SuspendDomain(domain, events));
  EXPECT_THAT(events, ElementsAre(DomainEvent{domain, Lifecycle::kSuspended, 0}));
  EXPECT_EQ(driver_->DomainStatusOf(domain)->state, DomainState::kPaused);
  EXPECT_FALSE(driver_->SuspendDomain(domain, events));
  EXPECT_EQ(events.size(), 1u) << "what is refused has not happened";
}

TEST_F(MemoryDriverTest, EventsOfTheScriptHappenThoughTheCallFails) {
  sync::AssertNothingHeld();
  const DomainEvent crash{{"other", {9}, -1}, Lifecycle::kStopped, 3};
  MemoryDriverConfig config;
  config.script["domain_start"] = {
      {.failure = DriverError{rpc::ErrorCode::kInternal, rpc::ErrorOrigin::kDriver, "no memory"}, .events = {crash}}};
  config.script["domain_suspend"] = {{.events = {crash}}};
  Driver(std::move(config));
  const DomainRef domain = DefaultDomains().front().ref;
  DomainEvents events;
  EXPECT_FALSE(driver_->StartDomain(domain, events));
  EXPECT_THAT(events, ElementsAre(crash));
  EXPECT_TRUE(driver_->SuspendDomain(domain, events));
  EXPECT_THAT(events, ElementsAre(crash, crash, DomainEvent{domain, Lifecycle::kSuspended, 0}));
}

TEST_F(MemoryDriverTest, EventsInACallThatReportsNoneAreABugOfOurs) {
  MemoryDriverConfig config;
  config.script["hostname"] = {{.events = {{{"other", {9}, -1}, Lifecycle::kStopped, 3}}}};
  EXPECT_DEATH(Driver(std::move(config)), "calls of hostname report no events");
}

TEST_F(MemoryDriverTest, ADomainHasWhatItsConfigurationSays) {
  sync::AssertNothingHeld();
  Domain web{.ref = {"web", {4}, -1}, .status = {DomainState::kShutOff, 0}};
  web.os_type = "xen";
  web.cpu_time_ns = 5;
  web.persistent = false;
  web.autostart = true;
  web.managed_save = true;
  web.messages = {"hello"};
  web.hardware.vcpus = 9;
  MemoryDriverConfig config = With({web});
  config.node.model = "z80";
  Driver(std::move(config));
  EXPECT_EQ(driver_->DomainOsType(web.ref), "xen");
  EXPECT_EQ(driver_->DomainInfoOf(web.ref), (DomainInfo{DomainState::kShutOff, 8'388'608, 2'097'152, 9, 5}));
  EXPECT_EQ(driver_->DomainIsActive(web.ref), false);
  EXPECT_EQ(driver_->DomainIsPersistent(web.ref), false);
  EXPECT_EQ(driver_->DomainAutostart(web.ref), true);
  EXPECT_EQ(driver_->DomainHasManagedSave(web.ref), true);
  EXPECT_THAT(*driver_->DomainMessages(web.ref), ElementsAre("hello"));
  EXPECT_THAT(*driver_->DomainXml(web.ref, DomainForm::kNow), HasSubstr("<name>web</name>"));
  EXPECT_EQ(driver_->NodeInfo()->model, "z80");
  EXPECT_THAT(*driver_->Capabilities(), HasSubstr("<arch>z80</arch>"));
}

// A driver in which calls of `hostname` wait, the first of two for a call of `other`, and give up after so long.
MemoryDriverConfig WaitingFor(const std::string& other, int64_t limit_ns) {
  MemoryDriverConfig config;
  config.script["hostname"] = {{.waits_for = other}, {}};
  config.wait_limit_ns = limit_ns;
  return config;
}

TEST_F(MemoryDriverTest, ACallThatWaitsForAnotherGoesOnWhenThatBegins) {
  sync::AssertNothingHeld();
  for (const std::string other : {"type", "hostname"}) {
    RecordedRun run;
    Driver(WaitingFor(other, 3'600'000 * kMs));
    DriverResult<std::string> result;
    sync::Thread caller("caller", sync::Role::kNone, [&] {
      sync::AssertNothingHeld();
      result = driver_->Hostname();
    });
    run.Await("caller", trace::EventKind::kWaitBegan);
    EXPECT_TRUE(other == "type" ? driver_->Type() : driver_->Hostname());
    caller.Join();
    EXPECT_EQ(result, "lockscope") << "waited for " << other;
  }
}

TEST_F(MemoryDriverTest, WhereNoSuchCallBeginsInTimeItFailsWithATimeout) {
  sync::AssertNothingHeld();
  Driver(WaitingFor("type", 2 * kMs));
  EXPECT_TRUE(driver_->Type()) << "before it: that one does not count";
  const DriverResult<std::string> result = driver_->Hostname();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(static_cast<int>(result.error().code), 68);
  EXPECT_EQ(result.error().message, "Timed out during operation: no call of type has begun within 2 ms");
  EXPECT_EQ(driver_->Hostname(), "lockscope") << "the next step of the script waits for nothing";
}

}  // namespace
}  // namespace lockscope::daemon
