#include "core/analysis/describe_event.h"

#include <gtest/gtest.h>

#include "tests/core/analysis/small_daemon.h"

namespace lockscope::analysis {
namespace {

using testing::SmallDaemon;
using trace::EventKind;
using trace::Trace;

TEST(DescribeEventTest, ABrokenRuleIsSaidWithWhatItIsAboutIfThatIsKnown) {
  SmallDaemon d;
  d.Loop().Record(EventKind::kRuleBroken, d.server, trace::PackRuleAndObject(2, d.loop_lock));
  d.Loop().Record(EventKind::kRuleBroken, kNoObject, trace::PackRuleAndObject(2, d.loop_lock));
  const Trace trace = d.b.Build();
  EXPECT_EQ(EventPredicate(trace, trace.size() - 2), "breaks rule R2 at the server lock, holding the event-loop lock");
  EXPECT_EQ(EventPredicate(trace, trace.size() - 1), "breaks rule R2, holding the event-loop lock");
}

}  // namespace
}  // namespace lockscope::analysis
