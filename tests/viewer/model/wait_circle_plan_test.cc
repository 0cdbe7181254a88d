#include "viewer/model/wait_circle_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/trace/trace_builder.h"
#include "tests/viewer/model/fake_measure.h"

namespace lockscope::viewer {
namespace {

using ::testing::ElementsAre;

constexpr Rect kArea{100, 50, 600, 400};

// `threads` threads, each of which holds its own lock and wants the next one's.
trace::Trace Ring(int threads) {
  trace::TraceBuilder b;
  std::vector<std::pair<ObjectId, ObjectId>> owners;
  for (int i = 1; i <= threads; ++i) {
    const ObjectId thread = b.Thread("thread-" + std::to_string(i));
    owners.emplace_back(thread, b.Mutex("lock-" + std::to_string(i), i == 1 ? "server" : "other"));
    b.On(thread).Acquire(owners.back().second);
  }
  for (size_t i = 0; i < owners.size(); ++i) {
    b.On(owners[i].first).Request(owners[(i + 1) % owners.size()].second);
  }
  return b.Build();
}

WaitCirclePlan PlanOf(const trace::Trace& trace, Rect area = kArea) {
  const analysis::Timeline timeline(trace);
  const analysis::WaitGraph graph = analysis::WaitGraphAt(timeline, trace.size() - 1);
  std::vector<analysis::WaitEdge> circle;
  for (const size_t edge : graph.circles.at(0)) circle.push_back(graph.edges[edge]);
  return PlanWaitCircle(LaneContent(timeline), circle, area, 1, FakeMeasure());
}

std::vector<std::string> LabelsOf(const WaitCirclePlan& plan) {
  std::vector<std::string> labels;
  for (size_t i = 0; i < plan.nodes.size(); ++i) {
    labels.push_back(plan.nodes[i].label);
    labels.push_back(plan.arrows[i].label);
  }
  return labels;
}

TEST(WaitCirclePlan, LeadsFromAThreadToTheLockThatItWantsToTheThreadThatHoldsIt) {
  EXPECT_THAT(LabelsOf(PlanOf(Ring(2))), ElementsAre("thread-1", "wants", "lock lock-2", "is held by", "thread-2",
                                                     "wants", "server lock", "is held by"));
}

TEST(WaitCirclePlan, NodesNeitherOverlapNorLeaveTheirArea) {
  for (int threads = 1; threads <= 4; ++threads) {
    SCOPED_TRACE(threads);
    const WaitCirclePlan plan = PlanOf(Ring(threads));
    EXPECT_EQ(plan.nodes.size(), static_cast<size_t>(2 * threads));
    for (size_t i = 0; i < plan.nodes.size(); ++i) {
      const Rect& rect = plan.nodes[i].rect;
      EXPECT_GE(rect.x, kArea.x - 0.1f);
      EXPECT_GE(rect.y, kArea.y - 0.1f);
      EXPECT_LE(rect.right(), kArea.right() + 0.1f);
      EXPECT_LE(rect.bottom(), kArea.bottom() + 0.1f);
      for (size_t other = 0; other < i; ++other) {
        EXPECT_FALSE(rect.Overlaps(plan.nodes[other].rect));
        EXPECT_FALSE(plan.arrows[i].label_box.Overlaps(plan.arrows[other].label_box));
      }
      for (const WaitCircleNode& node : plan.nodes) EXPECT_FALSE(node.rect.Overlaps(plan.arrows[i].label_box));
    }
  }
}

TEST(WaitCirclePlan, AnArrowGoesFromOneNodesBorderToTheNextOnes) {
  for (int threads = 2; threads <= 4; ++threads) {
    const WaitCirclePlan plan = PlanOf(Ring(threads));
    for (size_t i = 0; i < plan.arrows.size(); ++i) {
      const auto grown = [](const Rect& r) { return Rect{r.x - 1, r.y - 1, r.w + 2, r.h + 2}; };
      const auto shrunk = [](const Rect& r) { return Rect{r.x + 1, r.y + 1, r.w - 2, r.h - 2}; };
      const Rect& from = plan.nodes[i].rect;
      const Rect& to = plan.nodes[(i + 1) % plan.nodes.size()].rect;
      EXPECT_TRUE(grown(from).Contains(plan.arrows[i].from) && !shrunk(from).Contains(plan.arrows[i].from));
      EXPECT_TRUE(grown(to).Contains(plan.arrows[i].to) && !shrunk(to).Contains(plan.arrows[i].to));
      EXPECT_EQ(plan.arrows[i].wants, i % 2 == 0);
    }
  }
}

TEST(WaitCirclePlan, WordsHideNoArrowWhereTheRowsAreClose) {
  const WaitCirclePlan plan = PlanOf(Ring(2), {0, 0, 500, 104});
  for (const WaitCircleArrow& arrow : plan.arrows) {
    const Point middle{(arrow.from.x + arrow.to.x) / 2, (arrow.from.y + arrow.to.y) / 2};
    EXPECT_FALSE(arrow.label_box.Contains(middle)) << arrow.label;
    for (const WaitCircleNode& node : plan.nodes) EXPECT_FALSE(node.rect.Overlaps(arrow.label_box)) << arrow.label;
  }
}

TEST(WaitCirclePlan, ALocksTwoArrowsHaveItsColour) {
  const WaitCirclePlan plan = PlanOf(Ring(3));
  for (size_t i = 1; i < plan.nodes.size(); i += 2) {
    EXPECT_NE(plan.nodes[i].hue, kNoHue);
    EXPECT_EQ(plan.arrows[i - 1].hue, plan.nodes[i].hue);
    EXPECT_EQ(plan.arrows[i].hue, plan.nodes[i].hue);
    EXPECT_EQ(plan.nodes[i - 1].hue, kNoHue) << "a thread has none";
  }
}

TEST(WaitCirclePlan, OfOneThreadTheTwoArrowsStandBesideOneAnother) {
  const WaitCirclePlan plan = PlanOf(Ring(1));
  ASSERT_EQ(plan.arrows.size(), 2u);
  EXPECT_GT(std::abs(plan.arrows[0].from.y - plan.arrows[1].from.y), 10);
  EXPECT_FALSE(plan.arrows[0].label_box.Overlaps(plan.arrows[1].label_box));
}

TEST(WaitCirclePlan, AWaitForAThreadsEndLeadsStraightToThatThread) {
  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("event loop", trace::Role::kEventLoop);
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  const ObjectId server = b.Mutex("server", "server");
  b.On(loop).Acquire(server).Record(trace::EventKind::kJoinBegan, worker);
  b.On(worker).Request(server);
  EXPECT_THAT(LabelsOf(PlanOf(b.Build())),
              ElementsAre("event loop", "waits for the end of", "worker-1", "wants", "server lock", "is held by"));
}

}  // namespace
}  // namespace lockscope::viewer
