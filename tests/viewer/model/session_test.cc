#include "viewer/model/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/trace/trace_builder.h"
#include "tests/support/sample_trace.h"
#include "viewer/model/open_recording.h"

namespace lockscope::viewer {
namespace {

using ::testing::HasSubstr;

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { session_.viewport().SetPixels(176, 1000); }
  Session session_{testing::FourClientsThreeWorkers()};
};

TEST_F(SessionTest, OpensOnTheStoryWithTheLongestWaitSelected) {
  EXPECT_EQ(session_.selected_wait(), 0);
  EXPECT_EQ(session_.step(), session_.story().cursor);
  EXPECT_THAT(session_.SelectedWaitText(), HasSubstr("The longest wait: dave's call hostname"));
  const Viewport& seen = session_.viewport();
  EXPECT_GT(seen.from(), session_.axis().first());
  EXPECT_LE(seen.from(), session_.axis().Begin(session_.story().from_step));
  EXPECT_GE(seen.to(), session_.axis().Begin(session_.story().to_step));
}

TEST_F(SessionTest, HomeShowsTheWholeAndHTheStoryAgain) {
  const double from = session_.viewport().from();
  session_.Do(Action::kShowWhole);
  EXPECT_LE(session_.viewport().from(), session_.axis().first());
  EXPECT_GE(session_.viewport().to(), session_.axis().last());
  session_.Do(Action::kShowStory);
  EXPECT_EQ(session_.viewport().from(), from);
}

TEST_F(SessionTest, StepsGoForwardAndBackAndStopAtTheEnds) {
  session_.SetAxis(AxisForm::kSteps);
  session_.GoToStep(10);
  session_.Do(Action::kNextEvent);
  EXPECT_EQ(session_.step(), 11u);
  session_.Do(Action::kPreviousEvent);
  EXPECT_EQ(session_.step(), 10u);
  session_.GoToStep(0);
  session_.Do(Action::kPreviousEvent);
  EXPECT_EQ(session_.step(), 0u);
  session_.GoToStep(1'000'000);
  EXPECT_EQ(session_.step(), session_.trace().size() - 1);
  session_.Do(Action::kNextEvent);
  EXPECT_EQ(session_.step(), session_.trace().size() - 1);
}

TEST_F(SessionTest, BetweenTwoEventsThePreviousOneIsTheOneThatTheStepNames) {
  session_.SetAxis(AxisForm::kTime);
  session_.GoToPosition(20e6);
  const size_t step = session_.step();
  EXPECT_EQ(session_.now_ns(), 20'000'000);
  session_.Do(Action::kPreviousEvent);
  EXPECT_EQ(session_.step(), step);
  EXPECT_EQ(session_.now_ns(), session_.trace().TimeNs(step));
  session_.Do(Action::kPreviousEvent);
  EXPECT_LT(session_.now_ns(), session_.trace().TimeNs(step) + 1);
}

TEST_F(SessionTest, EveryEventCanBeReachedByStepping) {
  session_.SetAxis(AxisForm::kTime);  // The form with equal positions.
  session_.GoToStep(0);
  std::set<size_t> seen = {session_.step()};
  for (size_t i = 0; i < session_.trace().size(); ++i) {
    session_.Do(Action::kNextEvent);
    seen.insert(session_.step());
  }
  EXPECT_EQ(seen.size(), session_.trace().size());
}

TEST_F(SessionTest, SwitchingTheAxisKeepsTheCursorAndWhatIsSeen) {
  session_.GoToStep(95);
  session_.Do(Action::kSwitchAxis);
  EXPECT_EQ(session_.axis().form(), AxisForm::kSteps);
  EXPECT_EQ(session_.step(), 95u);
  EXPECT_TRUE(session_.viewport().Sees(95, 96));
  session_.Do(Action::kSwitchAxis);
  EXPECT_EQ(session_.step(), 95u);
}

TEST_F(SessionTest, NGoesFromTheLongestWaitToTheNextAndRoundAgain) {
  int64_t last = INT64_MAX;
  session_.SelectWait(0);
  for (size_t i = 0; i < session_.waits().size(); ++i) {
    const RankedWait& wait = session_.waits()[static_cast<size_t>(session_.selected_wait())];
    EXPECT_LE(wait.length_ns, last);
    last = wait.length_ns;
    EXPECT_TRUE(wait.steps.Contains(session_.step()));
    EXPECT_FALSE(session_.SelectedWaitText().empty());
    session_.Do(Action::kNextWait);
  }
  EXPECT_EQ(session_.selected_wait(), 0);
  session_.Do(Action::kPreviousWait);
  EXPECT_EQ(session_.selected_wait(), static_cast<int>(session_.waits().size()) - 1);
}

TEST_F(SessionTest, FromTheBlockedThreadToTheHolderAndBack) {
  const analysis::LockWait& wait = session_.timeline().waits().front();
  session_.GoToStep(wait.from + 1);
  session_.Do(Action::kToHolder);
  const analysis::Hold& hold = session_.timeline().holds()[static_cast<size_t>(wait.blocking_hold)];
  EXPECT_EQ(session_.step(), hold.from);
  session_.Do(Action::kBack);
  EXPECT_EQ(session_.step(), wait.from + 1);
  session_.Do(Action::kBack);  // Nowhere left to go back to.
  EXPECT_EQ(session_.step(), wait.from + 1);
}

TEST_F(SessionTest, ASelectionGrowsByEventsAndFZoomsToIt) {
  session_.SetAxis(AxisForm::kSteps);
  session_.GoToStep(100);
  for (int i = 0; i < 8; ++i) session_.Do(Action::kSelectRight);
  ASSERT_TRUE(session_.selection());
  EXPECT_EQ(session_.selection()->first, 100);
  EXPECT_EQ(session_.selection()->second, 108);
  session_.Do(Action::kSelectLeft);
  EXPECT_EQ(session_.selection()->second, 107);
  session_.Do(Action::kZoomToItem);
  EXPECT_NEAR(session_.viewport().span(), 7 * 1.08, 0.01);
}

TEST_F(SessionTest, PlayingMovesTheCursorAndEndsAtTheEnd) {
  session_.SetAxis(AxisForm::kSteps);
  session_.GoToStep(10);
  session_.Do(Action::kPlayPause);
  EXPECT_TRUE(session_.playback().playing());
  session_.Advance(5);  // At two steps a second.
  EXPECT_EQ(session_.step(), 20u);
  session_.Do(Action::kFaster);
  session_.Advance(5);
  EXPECT_EQ(session_.step(), 40u);
  session_.Advance(1e6);
  EXPECT_EQ(session_.step(), session_.trace().size() - 1);
  EXPECT_FALSE(session_.playback().playing());
  session_.Do(Action::kPlayPause);  // Once more, from the beginning.
  EXPECT_EQ(session_.step(), 0u);
}

TEST_F(SessionTest, NothingMovesWhileItDoesNotPlay) {
  const double position = session_.position();
  session_.Advance(5);
  EXPECT_EQ(session_.position(), position);
}

TEST_F(SessionTest, SpeedStaysWithinItsList) {
  for (int i = 0; i < 50; ++i) session_.Do(Action::kSlower);
  EXPECT_EQ(session_.playback().speed(), 0);
  for (int i = 0; i < 50; ++i) session_.Do(Action::kFaster);
  EXPECT_EQ(session_.playback().speed(), static_cast<int>(Playback::kSpeeds.size()) - 1);
}

TEST(Session, AControlledRecordingOpensInSteps) {
  trace::TraceBuilder b;
  b.Meta("mode", "controlled");
  const ObjectId thread = b.Thread("t");
  const ObjectId lock = b.Mutex("m", "");
  b.On(thread).Acquire(lock).Release(lock);
  const Session session(b.Build());
  EXPECT_EQ(session.axis().form(), AxisForm::kSteps);
  EXPECT_EQ(session.Title(), "A recording without a title");
}

TEST(Session, EventsThatAreMissingAreNotKeptQuiet) {
  trace::TraceParts parts;
  parts.info.ticks_per_second = 1'000'000'000;
  parts.info.dropped_events = 1200;
  trace::Object thread;
  thread.type = trace::ObjectType::kThread;
  thread.name = "t";
  parts.objects.push_back(thread);
  parts.threads.push_back({1, {trace::Event::Make(0, trace::EventKind::kThreadStarted, 1, 0, kUnknownSite)}});
  Result<trace::Trace> trace = trace::Trace::Build(std::move(parts));
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(Session(*std::move(trace)).StepText(), "step 1 of 1; 1200 events missing from the recording");
}

TEST(Session, StepsAreCountedUpToTheLastEventWithoutAScenariosWords) {
  trace::TraceBuilder b;
  const ObjectId thread = b.Thread("t");
  const ObjectId lock = b.Mutex("m", "");
  b.On(thread).Acquire(lock).Release(lock);
  b.Record(trace::EventKind::kCaptionShown, b.Add(trace::ObjectType::kCaption, "That was all."));
  Session session(b.Build());
  session.GoToStep(1'000'000);
  EXPECT_EQ(session.StepText(), "step 3 of 3");
  EXPECT_THAT(analysis::DescribeEventDetails(session.timeline(), session.step())[1], HasSubstr("step 3 of 3"));
  const auto last = ParsePlace("step:3", session.trace());
  ASSERT_TRUE(last) << last.error().message;
  session.GoToStep(0);
  session.GoToTime(last->step, last->ns);
  EXPECT_EQ(session.StepText(), "step 3 of 3");
  EXPECT_THAT(ParsePlace("step:9", session.trace()).error().message, HasSubstr("steps 1 to 3"));
}

TEST(Session, EscapeClosesTheListOfKeysAndOpensNothing) {
  trace::TraceBuilder b;
  b.Thread("t");
  Session session(b.Build());
  session.Do(Action::kCloseHelp);
  EXPECT_FALSE(session.help_shown());
  session.Do(Action::kHelp);
  EXPECT_TRUE(session.help_shown());
  session.Do(Action::kCloseHelp);
  EXPECT_FALSE(session.help_shown());
}

TEST(Session, NoActionHurtsARecordingOfOneEvent) {
  trace::TraceBuilder b;
  b.Thread("t");
  Session session(b.Build());
  session.viewport().SetPixels(0, 500);
  for (int round = 0; round < 3; ++round) {
    for (const ActionInfo& info : AllActions()) session.Do(info.action);
    session.Advance(1);
  }
  EXPECT_EQ(session.step(), 0u);
}

TEST(Actions, EachHasANameAndAKey) {
  std::set<std::string_view> names;
  for (const ActionInfo& info : AllActions()) {
    EXPECT_FALSE(info.keys.empty()) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(InfoOf(info.action).name, info.name);
  }
}

}  // namespace
}  // namespace lockscope::viewer
