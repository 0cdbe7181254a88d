#include "core/daemon/subscriptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockscope::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

DomainEvent Of(const Uuid& uuid) { return {{"any", uuid, 1}, Lifecycle::kSuspended, 0}; }

TEST(SubscriptionsTest, AnEventGoesToThoseOfItsDomainAndToThoseOfAll) {
  Subscriptions all;
  EXPECT_TRUE(all.empty());
  EXPECT_EQ(all.Add(Subscriptions::kLifecycle, {}), 0);
  EXPECT_EQ(all.Add(Subscriptions::kLifecycle, Uuid{1}), 1);
  EXPECT_EQ(all.Add(Subscriptions::kLifecycle, Uuid{2}), 2);
  EXPECT_THAT(all.NumbersFor(Of({1})), ElementsAre(0, 1));
  EXPECT_THAT(all.NumbersFor(Of({2})), ElementsAre(0, 2));
  EXPECT_TRUE(all.Remove(0));
  EXPECT_THAT(all.NumbersFor(Of({3})), IsEmpty());
  EXPECT_FALSE(all.Want(Of({3})));
  EXPECT_TRUE(all.Want(Of({1})));
}

TEST(SubscriptionsTest, OtherKindsOfEventsAreNotMixedUpWithTheLifecycle) {
  Subscriptions all;
  for (int32_t kind = 1; kind < Subscriptions::kKinds; ++kind) all.Add(kind, {});
  EXPECT_FALSE(all.empty());
  EXPECT_FALSE(all.Want(Of({1})));
}

TEST(SubscriptionsTest, ANumberIsNotUsedAgain) {
  Subscriptions all;
  EXPECT_EQ(all.Add(0, {}), 0);
  EXPECT_TRUE(all.Remove(0));
  EXPECT_FALSE(all.Remove(0));
  EXPECT_EQ(all.Add(0, {}), 1);
}

TEST(SubscriptionsTest, TheirNumberIsBounded) {
  Subscriptions all;
  for (size_t i = 0; i < Subscriptions::kMost; ++i) ASSERT_TRUE(all.Add(0, {}));
  EXPECT_FALSE(all.Add(0, {}));
  EXPECT_TRUE(all.Remove(5));
  EXPECT_TRUE(all.Add(0, {})) << "there is room for one again";
}

}  // namespace
}  // namespace lockscope::daemon
