#include "core/trace/event.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lockscope::trace {
namespace {

TEST(EventTest, KeepsEveryFieldAtItsLargestValue) {
  const Event event = Event::Make(Event::kTickMask, EventKind::kRuleBroken, kMaxObjectId, 0xffffffff, kMaxSiteId);
  EXPECT_EQ(event.ticks(), Event::kTickMask);
  EXPECT_EQ(event.kind(), EventKind::kRuleBroken);
  EXPECT_EQ(event.object(), kMaxObjectId);
  EXPECT_EQ(event.arg(), 0xffffffff);
  EXPECT_EQ(event.site(), kMaxSiteId);
}

TEST(EventTest, FieldsDoNotTouchOneAnother) {
  const Event event = Event::Make(1, EventKind::kThreadStarted, 2, 3, 4);
  EXPECT_EQ(event.ticks(), 1u);
  EXPECT_EQ(event.object(), 2u);
  EXPECT_EQ(event.arg(), 3u);
  EXPECT_EQ(event.site(), 4u);
}

TEST(EventTest, ZeroedMemoryIsNoEvent) {
  EXPECT_FALSE(Event().complete());
  for (const KindInfo& kind : AllKinds()) EXPECT_TRUE(Event::Make(0, kind.kind, 0, 0, 0).complete()) << kind.name;
}

TEST(EventKindsTest, NumbersAndNamesAreUnique) {
  std::set<int> numbers;
  std::set<std::string_view> names;
  for (const KindInfo& kind : AllKinds()) {
    EXPECT_TRUE(numbers.insert(static_cast<int>(kind.kind)).second) << kind.name;
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
  }
}

TEST(EventKindsTest, AreFoundByNumberAndByName) {
  for (const KindInfo& kind : AllKinds()) {
    EXPECT_EQ(FindKind(kind.kind), &kind);
    EXPECT_EQ(FindKind(kind.name), &kind);
  }
  EXPECT_EQ(FindKind(static_cast<EventKind>(255)), nullptr);
  EXPECT_EQ(FindKind("lock_aquired"), nullptr);
}

TEST(EventKindsTest, ObjectTypesAreFoundByTheirNames) {
  for (int i = 1; i <= 8; ++i) {
    const auto type = static_cast<ObjectType>(i);
    EXPECT_EQ(ObjectTypeFromName(ObjectTypeName(type)), type);
  }
  EXPECT_EQ(ObjectTypeFromName(""), ObjectType::kNone);
  EXPECT_EQ(ObjectTypeName(static_cast<ObjectType>(200)), "");
}

TEST(EventKindsTest, ARuleAndALockFitIntoOneArgument) {
  const uint32_t arg = PackRuleAndObject(8, kMaxObjectId);
  EXPECT_EQ(RuleOf(arg), 8);
  EXPECT_EQ(ObjectOfRule(arg), kMaxObjectId);
}

}  // namespace
}  // namespace lockscope::trace
