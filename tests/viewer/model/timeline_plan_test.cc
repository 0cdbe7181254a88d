#include "viewer/model/timeline_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "core/trace/trace_builder.h"
#include "tests/support/sample_trace.h"
#include "tests/viewer/model/fake_measure.h"

namespace lockscope::viewer {
namespace {

using analysis::Activity;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class TimelinePlanTest : public ::testing::Test {
 protected:
  // Plans the whole recording on that many pixels, or what `from` … `to` (steps) show of it.
  TimelinePlan Plan(AxisForm form, float width, size_t from = 0, size_t to = SIZE_MAX) {
    axis_ = form == AxisForm::kTime ? Axis::Time(trace_) : Axis::Steps(trace_);
    lanes_ = LayOutLanes(content_, Metrics::Make(1, room_));
    in_.content = &content_;
    in_.lanes = &lanes_;
    in_.axis = &axis_;
    in_.measure = &measure_;
    in_.viewport.SetPixels(100, width);
    in_.viewport.SetLimits(axis_);
    if (to == SIZE_MAX) {
      in_.viewport.ShowAll();
    } else {
      in_.viewport.Show(axis_.Begin(from), axis_.Begin(to), 0);
    }
    return PlanTimeline(in_);
  }
  const Lane& LaneOf(std::string_view title) const {
    for (const Lane& lane : lanes_.lanes) {
      if (lane.title == title) return lane;
    }
    ADD_FAILURE() << "no lane " << title;
    return lanes_.lanes.front();
  }
  // The bars in a lane's first row.
  std::vector<Bar> FirstRow(const TimelinePlan& plan, std::string_view title) const {
    std::vector<Bar> bars;
    for (const Bar& bar : plan.body.bars) {
      if (bar.rect.y == LaneOf(title).y) bars.push_back(bar);
    }
    return bars;
  }
  static uint32_t Count(const std::vector<Bar>& bars) {
    return std::accumulate(bars.begin(), bars.end(), 0u, [](uint32_t sum, const Bar& bar) { return sum + bar.count; });
  }

  float room_ = 0;
  trace::Trace trace_ = testing::FourClientsThreeWorkers();
  analysis::Timeline timeline_{trace_};
  LaneContent content_{timeline_};
  FakeMeasure measure_;
  Axis axis_ = Axis::Steps(trace_);
  Lanes lanes_;
  PlanInput in_;
};

TEST_F(TimelinePlanTest, NothingIsDroppedHoweverSmallTheWindow) {
  for (const AxisForm form : {AxisForm::kTime, AxisForm::kSteps}) {
    for (const float width : {60.0f, 300.0f, 1000.0f, 20000.0f}) {
      const TimelinePlan plan = Plan(form, width);
      for (const size_t thread : content_.daemon_threads()) {
        const std::string title(trace_.Name(trace_.threads()[thread]));
        EXPECT_EQ(Count(FirstRow(plan, title)), timeline_.ActivitiesOf(thread).size()) << title << " at " << width;
      }
      for (const ObjectId lock : content_.locks()) {
        const std::string title(trace_.Name(lock));
        EXPECT_EQ(Count(FirstRow(plan, title)), timeline_.HoldsOf(lock).size()) << title << " at " << width;
      }
      uint32_t ticks = 0;
      for (const Tick& tick : plan.body.ticks) ticks += tick.count;
      uint32_t events = 0;
      for (const size_t thread : content_.daemon_threads())
        events += static_cast<uint32_t>(trace_.StepsOf(thread).size());
      EXPECT_EQ(ticks, events);
    }
  }
}

TEST_F(TimelinePlanTest, MergedBarsSayHowManyTheyAre) {
  const TimelinePlan plan = Plan(AxisForm::kTime, 300);
  bool any = false;
  for (const Bar& bar : plan.body.bars) {
    if (bar.count == 1) continue;
    any = true;
    EXPECT_THAT(bar.tip, HasSubstr(std::to_string(bar.count) + " short ones"));
    EXPECT_THAT(bar.label, AnyOf("", "×" + std::to_string(bar.count)));
  }
  EXPECT_TRUE(any);
}

TEST_F(TimelinePlanTest, AWaitIsNeverTooNarrowToBeSeen) {
  for (const float width : {60.0f, 200.0f, 1000.0f}) {
    const TimelinePlan plan = Plan(AxisForm::kTime, width);
    bool any = false;
    for (const Bar& bar : plan.body.bars) {
      if (bar.mark != Mark::kBlocked) continue;
      any = true;
      EXPECT_GE(bar.rect.w, lanes_.metrics.min_wait - 0.01f);
    }
    EXPECT_TRUE(any);
  }
}

TEST_F(TimelinePlanTest, OnlyAWaitForALockIsHatchedAndIdleIsQuiet) {
  const TimelinePlan plan = Plan(AxisForm::kSteps, 20000);
  for (const size_t thread : content_.daemon_threads()) {
    for (const Bar& bar : FirstRow(plan, trace_.Name(trace_.threads()[thread]))) {
      const Activity activity = timeline_.ActivityAt(thread, bar.from).activity;
      EXPECT_EQ(bar.mark == Mark::kBlocked, activity == Activity::kBlocked);
      EXPECT_EQ(bar.mark == Mark::kQuiet,
                activity == Activity::kIdle || activity == Activity::kPolling || activity == Activity::kJoining);
    }
  }
}

TEST_F(TimelinePlanTest, AWaitHasTheColourOfItsLockInThreadAndLockLane) {
  const TimelinePlan plan = Plan(AxisForm::kSteps, 20000);
  int waits = 0;
  for (const Bar& bar : plan.body.bars) {
    if (bar.mark != Mark::kBlocked) continue;
    ++waits;
    EXPECT_EQ(bar.hue, content_.HueOf(LaneOf("alice").object));
  }
  EXPECT_EQ(waits, 2);  // worker-1's, in its lane and in alice's.
}

TEST_F(TimelinePlanTest, LabelsFitIntoTheirBarsAndTheTipHasTheWholeText) {
  for (const float room : {0.0f, 1.0f}) {
    room_ = room;
    for (const float width : {300.0f, 1100.0f, 5000.0f}) {
      const TimelinePlan plan = Plan(AxisForm::kSteps, width);
      for (const Bar& bar : plan.body.bars) {
        EXPECT_LE(measure_.Width(bar.label, TextStyle::kSmall), bar.rect.w) << bar.label;
        EXPECT_FALSE(bar.tip.empty());
      }
      for (const Label& label : plan.gutter.labels) {
        EXPECT_LE(label.at.x + measure_.Width(label.text, label.style), lanes_.metrics.gutter) << label.text;
      }
    }
  }
}

TEST_F(TimelinePlanTest, NoBarLiesOverTheWordOfAnother) {
  room_ = 1;
  for (const AxisForm form : {AxisForm::kTime, AxisForm::kSteps}) {
    for (const float width : {300.0f, 700.0f, 1100.0f, 1900.0f, 5000.0f}) {
      const TimelinePlan plan = Plan(form, width);
      const std::vector<Bar>& bars = plan.body.bars;
      for (size_t i = 0; i < bars.size(); ++i) {
        if (bars[i].label.empty()) continue;
        const Rect word{bars[i].label_x, bars[i].rect.y, measure_.Width(bars[i].label, TextStyle::kSmall), 1};
        EXPECT_GE(word.x, bars[i].rect.x) << bars[i].label;
        EXPECT_LE(word.right(), bars[i].rect.right()) << bars[i].label;
        for (size_t later = i + 1; later < bars.size(); ++later) {
          EXPECT_FALSE(word.Overlaps(bars[later].rect)) << bars[later].tip << " lies over " << bars[i].label;
        }
      }
    }
  }
}

// The whole of a trace on 900 pixels.
struct Planned {
  Planned(const trace::Trace& trace, const Axis& axis) : timeline(trace) {
    const LaneContent content(timeline);
    const Lanes lanes = LayOutLanes(content, Metrics::Make(1, 1));
    const FakeMeasure measure;
    PlanInput in;
    in.content = &content;
    in.lanes = &lanes;
    in.axis = &axis;
    in.measure = &measure;
    in.viewport.SetPixels(100, 900);
    in.viewport.SetLimits(axis);
    in.viewport.ShowAll();
    plan = PlanTimeline(in);
  }
  analysis::Timeline timeline;
  TimelinePlan plan;
};

// A wait of 10 ns, which is widened, and then a long poll.
TEST(TimelinePlan, AWordStandsBesideTheWaitThatCoversTheBeginningOfItsBar) {
  trace::TraceBuilder b;
  const ObjectId loop = b.Thread("event loop", trace::Role::kEventLoop);
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  const ObjectId server = b.Mutex("server", "server");
  const ObjectId handles = b.Add(trace::ObjectType::kLoop, "loop");
  b.At(1'000).On(worker).Acquire(server).At(20'000).On(loop).Request(server);
  b.At(20'005).On(worker).Release(server).At(20'010).On(loop).Acquire(server).Release(server);
  b.Record(trace::EventKind::kPollEntered, handles, 1).At(90'000).Record(trace::EventKind::kPollReturned, handles);
  const trace::Trace trace = b.Build();
  const Planned planned(trace, Axis::Time(trace));
  const TimelinePlan& plan = planned.plan;
  const Bar* poll = nullptr;
  const Bar* wait = nullptr;
  for (const Bar& bar : plan.body.bars) {
    if (bar.label == "polling") poll = &bar;
    if (bar.mark == Mark::kBlocked && bar.object == loop) wait = &bar;
  }
  ASSERT_NE(poll, nullptr);
  ASSERT_NE(wait, nullptr);
  EXPECT_GT(wait, poll) << "it is drawn later";
  EXPECT_GT(wait->rect.right(), poll->rect.x) << "and covers the beginning";
  EXPECT_GT(poll->label_x, wait->rect.right());
}

TEST(TimelinePlan, AWorkerThatWaitsInADriverCallIsNotCalledIdle) {
  trace::TraceBuilder b;
  const ObjectId worker = b.Thread("worker-1", trace::Role::kWorker);
  const ObjectId server = b.Mutex("server", "server");
  const ObjectId job = b.Condition("job", server);
  const ObjectId driver = b.Mutex("driver", "driver");
  const ObjectId other = b.Condition("call begun", driver);
  const ObjectId procedure = b.Add(trace::ObjectType::kProcedure, "hostname");
  b.On(worker).Acquire(server).BeginWait(job).EndWait(job).Release(server);
  b.Record(trace::EventKind::kCallBegan, procedure, 1).Acquire(driver).BeginWait(other);
  const trace::Trace trace = b.Build();
  std::vector<std::string> quiet;
  for (const Bar& bar : Planned(trace, Axis::Steps(trace)).plan.body.bars) {
    if (bar.mark == Mark::kQuiet) quiet.push_back(bar.tip.substr(0, bar.tip.rfind(" for ")));
  }
  EXPECT_THAT(quiet, ::testing::ElementsAre("worker-1: idle", "worker-1: waits on the condition call begun"));
}

TEST_F(TimelinePlanTest, InAPictureNoWordIsShortened) {
  in_.in_words = true;
  room_ = 1;
  int words = 0;
  for (const float width : {300.0f, 1100.0f, 5000.0f}) {
    for (const Bar& bar : Plan(AxisForm::kSteps, width).body.bars) {
      EXPECT_EQ(bar.label.find("…"), std::string::npos) << bar.label;
      words += bar.label.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(words, 0);
}

TEST_F(TimelinePlanTest, BarsStayWithinWhatIsSeen) {
  const TimelinePlan plan = Plan(AxisForm::kSteps, 1000, 80, 120);
  EXPECT_FALSE(plan.body.bars.empty());
  for (const Bar& bar : plan.body.bars) {
    EXPECT_GE(bar.rect.x, in_.viewport.left() - 0.01f);
    EXPECT_LE(bar.rect.right(), in_.viewport.right() + 0.01f);
  }
}

TEST_F(TimelinePlanTest, EachJobHasAnArrowFromTheLoopToItsWorker) {
  const TimelinePlan plan = Plan(AxisForm::kSteps, 20000);
  ASSERT_EQ(plan.body.arrows.size(), timeline_.jobs().size());
  for (const Arrow& arrow : plan.body.arrows) {
    EXPECT_EQ(arrow.from.y, LaneOf("event-loop").y + lanes_.metrics.activity);
    EXPECT_LT(arrow.from.x, arrow.to.x);
    EXPECT_EQ(lanes_.At(arrow.to.y)->object, trace_.thread(arrow.to_step));
    EXPECT_THAT(arrow.label, HasSubstr("'s call "));
  }
}

TEST_F(TimelinePlanTest, TheStoryArrowIsStrongAndHasItsLabel) {
  in_.strong_job = 3;
  const TimelinePlan plan = Plan(AxisForm::kTime, 1000);
  const Arrow& last = plan.body.arrows.back();
  EXPECT_EQ(last.emphasis, Emphasis::kStrong);
  EXPECT_EQ(last.label, "dave's call hostname");
  EXPECT_GT(last.label_box.w, 0);
}

TEST_F(TimelinePlanTest, ArrowsThatFallTogetherAreOneWithACount) {
  const TimelinePlan plan = Plan(AxisForm::kTime, 20);
  uint32_t jobs = 0;
  for (const Arrow& arrow : plan.body.arrows) jobs += arrow.count;
  EXPECT_EQ(jobs, timeline_.jobs().size());
}

// A label across another arrow's line would be read as that one's.
TEST_F(TimelinePlanTest, ArrowLabelsLieOnNoOtherArrow) {
  room_ = 1;
  size_t labelled = 0;
  for (float width = 170; width < 1200; width += 30) {
    const TimelinePlan plan = Plan(AxisForm::kTime, width);
    for (const Arrow& arrow : plan.body.arrows) {
      if (arrow.label_box.w <= 0) continue;
      ++labelled;
      for (const Arrow& other : plan.body.arrows) {
        if (&other == &arrow) continue;
        const Point middle{(other.from.x + other.to.x) / 2, (other.from.y + other.to.y) / 2};
        EXPECT_FALSE(arrow.label_box.Contains(middle)) << arrow.label << " on " << other.label << " at " << width;
      }
    }
  }
  EXPECT_GT(labelled, 50u);
}

TEST_F(TimelinePlanTest, ArrowLabelsHideNoOtherLabel) {
  room_ = 1;
  for (int64_t strong = -1; strong < static_cast<int64_t>(timeline_.jobs().size()); ++strong) {
    in_.strong_job = strong;
    for (float width = 170; width < 1200; width += 30) {
      const TimelinePlan plan = Plan(AxisForm::kTime, width);
      std::vector<Rect> words;
      for (const Bar& bar : plan.body.bars) {
        const float w = measure_.Width(bar.label, TextStyle::kSmall);
        if (w > 0) words.push_back({bar.label_x, bar.rect.y, w, bar.rect.h});
      }
      for (const Arrow& arrow : plan.body.arrows) {
        if (arrow.label_box.w <= 0) continue;
        for (const Rect& word : words) EXPECT_FALSE(arrow.label_box.Overlaps(word)) << arrow.label << " at " << width;
        words.push_back(arrow.label_box);
      }
    }
  }
}

TEST_F(TimelinePlanTest, TheCursorIsALineInTimeAndAColumnInSteps) {
  in_.cursor_step = 90;
  in_.cursor = 90.5;
  const TimelinePlan steps = Plan(AxisForm::kSteps, 1000, 80, 120);
  EXPECT_NEAR(steps.cursor.w, 25, 0.1);
  EXPECT_EQ(steps.cursor_text, "step 91");
  in_.now_ns = 5'826'000;
  in_.cursor = 5'826'000;
  const TimelinePlan time = Plan(AxisForm::kTime, 1000);
  EXPECT_LT(time.cursor.w, 3);
  EXPECT_THAT(time.cursor_text, HasSubstr("5.826"));
}

TEST_F(TimelinePlanTest, RulerNumbersNeitherTouchOneAnotherNorTheFlag) {
  in_.cursor_step = 90;
  in_.cursor = 90.5;
  for (const float width : {200.0f, 700.0f, 2000.0f}) {
    for (const AxisForm form : {AxisForm::kTime, AxisForm::kSteps}) {
      const TimelinePlan plan = Plan(form, width, 70, 130);
      float end = 0;
      for (const Label& label : plan.ruler.labels) {
        EXPECT_GT(label.at.x, end);
        end = label.at.x + measure_.Width(label.text, label.style);
        const Rect area{label.at.x, label.at.y, end - label.at.x, 12};
        EXPECT_TRUE(plan.flag.w == 0 || !plan.flag.Overlaps(area)) << label.text;
      }
    }
  }
}

TEST_F(TimelinePlanTest, AClickFindsTheNearestEventOfItsLane) {
  Plan(AxisForm::kSteps, 1000);
  const Lane& lane = LaneOf("worker-2");
  const auto steps = trace_.StepsOf(lane.thread_index);
  EXPECT_EQ(NearestEvent(content_, axis_, &lane, axis_.Mid(steps[3]) + 0.1), steps[3]);
  EXPECT_EQ(NearestEvent(content_, axis_, &lane, -100), steps.front());
  EXPECT_EQ(NearestEvent(content_, axis_, &lane, 1e9), steps.back());
  EXPECT_EQ(NearestEvent(content_, axis_, nullptr, 12.5), 12u);
}

TEST(FormatPosition, HasAsManyDigitsAsTheResolutionAsksFor) {
  EXPECT_EQ(FormatPosition(12'345'678, 1'000), "12.346 ms");
  EXPECT_EQ(FormatPosition(12'345'678, 1), "12.345678 ms");
  EXPECT_EQ(FormatPosition(20'000'000, 5'000'000), "20 ms");
  EXPECT_EQ(FormatPosition(1'500, 100), "1.5 us");
  EXPECT_EQ(FormatPosition(0, 10'000'000), "0 ms");
  EXPECT_EQ(FormatPosition(2'000'000'000, 1'000'000), "2.000 s");
}

TEST(Legend, OfAPictureItHasOnlyTheMarksThatAreInIt) {
  Plan drawn;
  drawn.bars = {{.mark = Mark::kHold}, {.mark = Mark::kHolder}, {.mark = Mark::kQuiet}};
  const auto words = [&] {
    std::vector<std::string> texts;
    for (const Label& label : PlanLegend(Metrics::Make(1, 0), FakeMeasure(), 0, 2000, &drawn).labels) {
      texts.push_back(label.text);
    }
    return texts;
  };
  EXPECT_THAT(words(), ::testing::ElementsAre("holds a lock"));
  drawn.arrows.emplace_back();
  EXPECT_THAT(words(), ::testing::ElementsAre("holds a lock", "a call changes hands"));
}

TEST(Legend, LeavesOutWhatThereIsNoRoomFor) {
  const Metrics metrics = Metrics::Make(1, 0);
  EXPECT_EQ(PlanLegend(metrics, FakeMeasure(), 0, 2000).labels.size(), 6u);
  const Plan narrow = PlanLegend(metrics, FakeMeasure(), 0, 300);
  EXPECT_LT(narrow.labels.size(), 6u);
  EXPECT_FALSE(narrow.labels.empty());
}

}  // namespace
}  // namespace lockscope::viewer
