#include "core/analysis/wait_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/core/analysis/small_daemon.h"
#include "tests/support/random_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::SmallDaemon;
using trace::EventKind;
using trace::Trace;

TEST(WaitGraphTest, LeadsFromAWaiterToTheHolder) {
  SmallDaemon d;
  d.Loop().Acquire(d.server);
  d.Worker1().Request(d.server);
  const Trace trace = d.b.Build();
  const WaitGraph graph = WaitGraphAt(Timeline(trace), trace.size() - 1);
  ASSERT_THAT(graph.edges, SizeIs(1));
  EXPECT_EQ(graph.edges[0].waiter, d.worker1);
  EXPECT_EQ(graph.edges[0].lock, d.server);
  EXPECT_EQ(graph.edges[0].holder, d.loop_thread);
  EXPECT_THAT(graph.circles, IsEmpty());
  EXPECT_EQ(graph.EdgeOf(d.worker1), &graph.edges[0]);
  EXPECT_EQ(graph.EdgeOf(d.loop_thread), nullptr);
}

TEST(WaitGraphTest, HasNoEdgeForAWaitOnACondition) {
  SmallDaemon d;
  d.Worker1().Acquire(d.server).BeginWait(d.job);
  const Trace trace = d.b.Build();
  EXPECT_THAT(WaitGraphAt(Timeline(trace), trace.size() - 1).edges, IsEmpty());
}

TEST(WaitGraphTest, FindsACircleOfThreeAndThoseBehindItOnlyAsWaiters) {
  SmallDaemon d;
  d.Loop().Acquire(d.server);
  d.Worker1().Acquire(d.alice_lock);
  d.Worker2().Acquire(d.bob_lock);
  d.Loop().Request(d.alice_lock);
  d.Worker1().Request(d.bob_lock);
  d.Worker2().Request(d.server);
  d.Leader().Request(d.bob_lock);
  const Trace trace = d.b.Build();
  const WaitGraph graph = WaitGraphAt(Timeline(trace), trace.size() - 1);
  ASSERT_THAT(graph.circles, SizeIs(1));
  std::vector<ObjectId> threads;
  for (const size_t edge : graph.circles[0]) threads.push_back(graph.edges[edge].waiter);
  EXPECT_THAT(threads, ElementsAre(d.loop_thread, d.worker1, d.worker2));
  EXPECT_THAT(graph.edges, SizeIs(4));
}

TEST(WaitGraphTest, BeginsACircleWithItsOldestThreadWhereverItIsEntered) {
  SmallDaemon d;
  d.Worker2().Acquire(d.server);
  d.Worker1().Acquire(d.alice_lock);
  d.Leader().Request(d.server);  // The oldest thread leads into the circle at its younger one.
  d.Worker2().Request(d.alice_lock);
  d.Worker1().Request(d.server);
  const Trace trace = d.b.Build();
  const WaitGraph graph = WaitGraphAt(Timeline(trace), trace.size() - 1);
  ASSERT_THAT(graph.circles, SizeIs(1));
  EXPECT_EQ(graph.edges[graph.circles[0][0]].waiter, d.worker1);
}

TEST(WaitGraphTest, AgreesWithFollowingEveryThreadOnRandomTraces) {
  size_t circles = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    const Trace trace = testing::RandomTrace(seed, 200);
    const Timeline timeline(trace);
    const WaitGraph graph = WaitGraphAt(timeline, trace.size() - 1);
    std::set<ObjectId> found;
    for (const auto& circle : graph.circles) {
      for (const size_t edge : circle) EXPECT_TRUE(found.insert(graph.edges[edge].waiter).second);
    }
    std::set<ObjectId> expected;  // A thread is on a circle if it comes back to itself.
    for (const ObjectId thread : trace.threads()) {
      ObjectId at = thread;
      for (size_t i = 0; i <= trace.threads().size() && at != kNoObject; ++i) {
        const WaitEdge* edge = graph.EdgeOf(at);
        at = edge == nullptr ? kNoObject : edge->holder;
        if (at == thread) expected.insert(thread);
      }
    }
    EXPECT_EQ(found, expected);
    circles += graph.circles.size();
  }
  EXPECT_GT(circles, 0u) << "the random traces are too tame";
}

}  // namespace
}  // namespace lockscope::analysis
