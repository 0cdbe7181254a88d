#include "core/daemon/domain_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockscope::daemon {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Domain Make(DomainState state, int32_t id) { return {.ref = {"test", {7}, id}, .status = {state, 0}}; }

// A table with one domain, and everything that may be done to it.
class DomainTableTest : public ::testing::Test {
 protected:
  static constexpr DriverResult<DomainEvent> (DomainTable::*kChanges[])(const DomainRef&) = {
      &DomainTable::Suspend, &DomainTable::Resume, &DomainTable::Start, &DomainTable::Destroy};
  const DomainRef ref_{"test", {7}, 1};
};

TEST_F(DomainTableTest, EveryStateAllowsWhatTheTableInTheHeaderSays) {
  struct Row {
    DomainState before;
    DomainState after[4];  // kNoState: refused.
  };
  constexpr auto kNo = DomainState::kNoState;
  constexpr auto kOn = DomainState::kRunning;
  constexpr auto kPaused = DomainState::kPaused;
  constexpr auto kOff = DomainState::kShutOff;
  const Row kRows[] = {
      {kOn, {kPaused, kNo, kNo, kOff}}, {kPaused, {kNo, kOn, kNo, kOff}}, {kOff, {kNo, kNo, kOn, kNo}}};
  for (const Row& row : kRows) {
    for (size_t change = 0; change < 4; ++change) {
      SCOPED_TRACE(fmt::format("state {}, change {}", static_cast<int>(row.before), change));
      DomainTable table({Make(row.before, row.before == kOff ? -1 : 1)});
      const DriverResult<DomainEvent> event = (table.*kChanges[change])(ref_);
      const Domain& now = table.all().front();
      if (row.after[change] == kNo) {
        ASSERT_FALSE(event);
        EXPECT_EQ(static_cast<int>(event.error().code), 55);
        EXPECT_EQ(static_cast<int>(event.error().origin), 12);
        EXPECT_EQ(now, Make(row.before, row.before == kOff ? -1 : 1)) << "nothing has changed";
      } else {
        ASSERT_TRUE(event);
        EXPECT_EQ(now.status.state, row.after[change]);
        EXPECT_EQ(event->domain, now.ref);
        EXPECT_EQ(now.active(), row.after[change] != kOff);
      }
    }
  }
}

TEST_F(DomainTableTest, EventsAndReasonsAreThoseThatVirshHasWordsFor) {
  DomainTable table({Make(DomainState::kRunning, 1)});
  const DomainRef off{"test", {7}, -1};
  const auto status = [&] { return table.all().front().status; };
  EXPECT_EQ(table.Suspend(ref_), (DomainEvent{ref_, Lifecycle::kSuspended, 0}));
  EXPECT_EQ(status(), (DomainStatus{DomainState::kPaused, 1}));
  EXPECT_EQ(table.Resume(ref_), (DomainEvent{ref_, Lifecycle::kResumed, 0}));
  EXPECT_EQ(status(), (DomainStatus{DomainState::kRunning, 5}));
  EXPECT_EQ(table.Destroy(ref_), (DomainEvent{off, Lifecycle::kStopped, 1}));
  EXPECT_EQ(status(), (DomainStatus{DomainState::kShutOff, 2}));
  EXPECT_EQ(table.Start(ref_), (DomainEvent{{"test", {7}, 2}, Lifecycle::kStarted, 0}));
  EXPECT_EQ(status(), (DomainStatus{DomainState::kRunning, 1}));
}

TEST_F(DomainTableTest, AnIdIsNeverGivenTwice) {
  DomainTable table({Make(DomainState::kRunning, 41)});
  for (const int32_t id : {42, 43}) {
    ASSERT_TRUE(table.Destroy(ref_));
    ASSERT_TRUE(table.Start(ref_));
    EXPECT_EQ(table.all().front().ref.id, id);
  }
  EXPECT_FALSE(table.FindById(41));
  EXPECT_EQ(table.FindById(43)->id, 43);
}

TEST_F(DomainTableTest, ADomainThatIsNotPersistentIsGoneOnceItIsOff) {
  Domain passing = Make(DomainState::kRunning, 1);
  passing.persistent = false;
  DomainTable table({passing, {.ref = {"other", {8}, -1}, .status = {DomainState::kShutOff, 0}}});
  const DriverResult<DomainEvent> event = table.Destroy(ref_);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->domain.name, "test");
  ASSERT_THAT(table.all(), SizeIs(1));
  EXPECT_EQ(table.all().front().ref.name, "other");
  EXPECT_EQ(static_cast<int>(table.Start(ref_).error().code), 42);
}

TEST_F(DomainTableTest, ADomainThatIsNotThereIsAnError) {
  DomainTable table({});
  for (const auto change : kChanges) {
    const DriverResult<DomainEvent> event = (table.*change)(ref_);
    ASSERT_FALSE(event);
    EXPECT_EQ(static_cast<int>(event.error().code), 42);
  }
  EXPECT_THAT(table.all(), IsEmpty());
}

}  // namespace
}  // namespace lockscope::daemon
