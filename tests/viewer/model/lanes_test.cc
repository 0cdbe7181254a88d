#include "viewer/model/lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trace/trace_builder.h"
#include "tests/support/sample_trace.h"

namespace lockscope::viewer {
namespace {

using ::testing::ElementsAre;

class LanesTest : public ::testing::Test {
 protected:
  std::vector<std::string> Titles(const LaneOptions& options = {}) const {
    std::vector<std::string> titles;
    for (const Lane& lane : LayOutLanes(content_, Metrics::Make(1, 0), options).lanes) titles.push_back(lane.title);
    return titles;
  }
  ObjectId Lock(std::string_view name) const {
    for (const ObjectId lock : content_.locks()) {
      if (trace_.Name(lock) == name) return lock;
    }
    return kNoObject;
  }
  trace::Trace trace_ = testing::FourClientsThreeWorkers();
  analysis::Timeline timeline_{trace_};
  LaneContent content_{timeline_};
};

TEST_F(LanesTest, StandInTheOrderOfTheModelWithClientProgramsFolded) {
  EXPECT_THAT(Titles(), ElementsAre("leader", "event-loop", "worker-1", "worker-2", "worker-3", "Locks", "server",
                                    "alice", "bob", "carol", "dave", "loop", "4 client programs"));
}

TEST_F(LanesTest, UnfoldingGivesEachClientProgramALane) {
  EXPECT_EQ(Titles({.unfold_clients = true, .only = {}}).size(), Titles().size() + 4);
}

TEST_F(LanesTest, OnlyTheChosenOnesAndNoFoldInAPicture) {
  EXPECT_THAT(Titles({.unfold_clients = false, .only = {Lock("server"), Lock("alice")}}),
              ElementsAre("", "server", "alice"));
}

TEST_F(LanesTest, NeverOverlap) {
  for (const float room : {0.0f, 0.4f, 1.0f}) {
    const Lanes lanes = LayOutLanes(content_, Metrics::Make(1.5f, room));
    for (size_t i = 1; i < lanes.lanes.size(); ++i) {
      EXPECT_GE(lanes.lanes[i].y, lanes.lanes[i - 1].y + lanes.lanes[i - 1].height) << lanes.lanes[i].title;
    }
    EXPECT_GE(lanes.height, lanes.lanes.back().y + lanes.lanes.back().height);
  }
}

TEST_F(LanesTest, FillTheHeightTheyHaveAndAreDenseWithoutIt) {
  const float dense = LayOutLanes(content_, Metrics::Make(1, 0)).height;
  const float roomy = LayOutLanes(content_, Metrics::Make(1, 1)).height;
  EXPECT_EQ(LayOutLanesWithin(content_, 1, 10).height, dense);
  EXPECT_EQ(LayOutLanesWithin(content_, 1, 5000).height, roomy);
  const float between = (dense + roomy) / 2;
  const float height = LayOutLanesWithin(content_, 1, between).height;
  EXPECT_LE(height, between);
  EXPECT_GT(height, between * 0.9f);
}

TEST_F(LanesTest, AllOfThemFitAt1280By720) { EXPECT_LE(LayOutLanes(content_, Metrics::Make(1, 0)).height, 425); }

TEST_F(LanesTest, ServerLockIsHeldInTheSlotAboveTheClientLock) {
  for (size_t thread = 0; thread < trace_.threads().size(); ++thread) {
    for (const uint32_t hold : content_.HoldsBy(thread)) {
      const std::string& lock_class = trace_.object(timeline_.holds()[hold].lock).lock_class;
      if (lock_class == "server") {
        EXPECT_EQ(content_.SlotOfHold(hold), 0);
      }
      if (lock_class == "client") {
        EXPECT_EQ(content_.SlotOfHold(hold), 1);
      }
      EXPECT_LT(content_.SlotOfHold(hold), content_.HoldSlots(thread));
    }
  }
}

TEST_F(LanesTest, HuesOfLocksDiffer) {
  EXPECT_EQ(content_.HueOf(Lock("server")), LaneContent::kServerHue);
  EXPECT_EQ(content_.HueOf(Lock("loop")), LaneContent::kLoopHue);
  EXPECT_NE(content_.HueOf(Lock("alice")), content_.HueOf(Lock("bob")));
  EXPECT_EQ(content_.HueOf(kNoObject), -1);
}

TEST_F(LanesTest, AClientsLockHasARowForItsCallsInDx) {
  EXPECT_EQ(content_.JobRows(Lock("dave")), 1);
  EXPECT_EQ(content_.JobRows(Lock("server")), 0);
  EXPECT_EQ(content_.WaitRows(Lock("alice")), 1);
}

TEST(Lanes, OfAPictureHaveNoRowForHoldsThatNoColumnShowsOrOfOtherLocks) {
  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("event loop", trace::Role::kEventLoop);
  const ObjectId server = b.Mutex("server", "server");
  const ObjectId alice = b.Mutex("alice", "client");
  const ObjectId loop_lock = b.Mutex("loop", "loop");
  b.On(loop).Acquire(server).Acquire(alice).Release(alice).Release(server).Acquire(loop_lock).Acquire(alice);
  const trace::Trace trace = b.Build();
  const analysis::Timeline timeline(trace);
  const LaneContent content(timeline);
  const auto rows = [&](std::vector<ObjectId> only, std::vector<uint32_t> columns) {
    LaneOptions options;
    options.only = std::move(only);
    options.only_columns = std::move(columns);
    return LayOutLanes(content, Metrics::Make(1, 1), options).Find(loop)->shown_slots;
  };
  const auto last = static_cast<uint32_t>(trace.size() - 1);
  ASSERT_EQ(timeline.holds().size(), 4u);
  const analysis::Hold& of_server = timeline.holds()[0];
  const analysis::Hold& of_alice = timeline.holds()[1];
  EXPECT_THAT(rows({loop, server, alice, loop_lock}, {}), ::testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(rows({loop, server, alice, loop_lock}, {of_server.from, last}), ::testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(rows({loop, server, alice, loop_lock}, {of_server.to, last}), ::testing::ElementsAre(1, 2))
      << "the server lock is let go";
  EXPECT_THAT(rows({loop, server, alice, loop_lock}, {of_server.from, of_alice.to}), ::testing::ElementsAre(0))
      << "alice's lock is taken and let go between the two";
  EXPECT_THAT(rows({loop, loop_lock}, {}), ::testing::ElementsAre(2));
}

}  // namespace
}  // namespace lockscope::viewer
