#include "viewer/model/captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/trace/trace_builder.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"
#include "tests/viewer/model/fake_measure.h"
#include "viewer/model/session.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {
namespace {

using ::testing::SizeIs;
using trace::EventKind;
using trace::ObjectType;
using trace::Trace;

size_t LastStep(const Trace& trace, EventKind kind) {
  for (size_t step = trace.size(); step-- > 0;) {
    if (trace.event(step).kind() == kind) return step;
  }
  ADD_FAILURE() << "no such event";
  return 0;
}

TEST(CaptionsTest, ARecordingWithoutWordsHasNoneAndAllItsStepsAreEvents) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const Captions captions(trace);
  EXPECT_TRUE(captions.empty());
  EXPECT_EQ(captions.CaptionAt(trace.size() - 1), -1);
  EXPECT_EQ(captions.QuestionAt(3), -1);
  EXPECT_EQ(captions.EventAt(7), 7u);
  EXPECT_EQ(captions.EventAfter(7), 8u);
  EXPECT_THAT(captions.Events(), SizeIs(trace.size()));
  EXPECT_TRUE(Captions(Trace()).empty());
}

TEST(CaptionsTest, ACaptionIsInForceFromTheEventThatItIsBoundToUpToTheNextOne) {
  const Trace trace = testing::ReplyLocksClientFirst();
  const Captions captions(trace);
  ASSERT_THAT(captions.captions(), SizeIs(3));
  const size_t queued = LastStep(trace, EventKind::kJobQueued);
  EXPECT_EQ(captions.captions()[0].step, queued);
  EXPECT_EQ(captions.captions()[0].text, "A whole call has arrived: it goes on alice's dx queue.");
  EXPECT_EQ(captions.CaptionAt(queued - 1), -1);
  EXPECT_EQ(captions.CaptionAt(queued), 0);
  const size_t ended = LastStep(trace, EventKind::kCallEnded);
  EXPECT_EQ(captions.CaptionAt(ended - 1), 0);
  EXPECT_EQ(captions.CaptionAt(ended), 1);
  EXPECT_EQ(captions.CaptionAt(trace.size() - 1), 2);
}

TEST(CaptionsTest, WordsBelongToTheirOwnThreadsLastEventWhateverOthersDidMeanwhile) {
  trace::TraceBuilder b;
  const ObjectId a = b.Thread("a");
  const ObjectId other = b.Thread("other");
  const ObjectId lock = b.Mutex("lock", "server");
  b.On(a).At(100).Acquire(lock);
  b.On(other).At(200).Record(EventKind::kThreadEnded, other);
  b.On(a).At(300).Record(EventKind::kCaptionShown, b.Add(ObjectType::kCaption, "It has the lock."));
  b.At(310).Record(EventKind::kQuestionAsked, b.Add(ObjectType::kQuestion, "And now?"),
                   b.Add(ObjectType::kAnswer, "No."));
  const Trace trace = b.Build();
  const Captions captions(trace);
  const size_t acquired = LastStep(trace, EventKind::kLockAcquired);
  EXPECT_EQ(captions.captions()[0].step, acquired);
  EXPECT_EQ(captions.questions()[0].step, acquired);
  EXPECT_EQ(captions.EventAt(trace.size() - 1), LastStep(trace, EventKind::kThreadEnded));
}

TEST(CaptionsTest, WordsBeforeAnyEventOfTheirThreadBelongToWhatStandsNextToThem) {
  trace::TraceBuilder b;
  const ObjectId silent = b.Thread("silent");
  b.On(silent).Record(EventKind::kCaptionShown, b.Add(ObjectType::kCaption, "It begins."));
  b.At(50).Thread("a");
  trace::TraceParts parts = b.Build().ToParts();
  parts.threads[0].events.erase(parts.threads[0].events.begin());  // Its start was not recorded.
  const Trace trace = *Trace::Build(std::move(parts));
  const Captions captions(trace);
  EXPECT_EQ(captions.captions()[0].step, 1u);
  EXPECT_EQ(captions.EventAt(0), 1u);
}

TEST(CaptionsTest, AQuestionIsOpenAtItsEventOnlyAndUntilItsAnswerIsShown) {
  const Trace trace = testing::ReplyLocksClientFirst();
  Captions captions(trace);
  ASSERT_THAT(captions.questions(), SizeIs(1));
  const size_t asked = LastStep(trace, EventKind::kLockRequested);
  EXPECT_EQ(captions.QuestionAt(asked), 0);
  EXPECT_EQ(captions.QuestionAt(asked - 1), -1);
  EXPECT_TRUE(captions.OpenAt(asked));
  EXPECT_EQ(captions.questions()[0].answer, "None of them.");
  EXPECT_EQ(captions.OpenBetween(0, trace.size()), asked);
  EXPECT_EQ(captions.OpenBetween(asked, trace.size()), std::nullopt);
  EXPECT_EQ(captions.OpenBetween(0, asked - 1), std::nullopt);
  captions.Reveal(0);
  EXPECT_FALSE(captions.OpenAt(asked));
  EXPECT_EQ(captions.QuestionAt(asked), 0) << "it stays to be read";
  EXPECT_EQ(captions.OpenBetween(0, trace.size()), std::nullopt);
}

TEST(CaptionsTest, StopsAreCaptionsAndQuestionsInTheirOrder) {
  const Trace trace = testing::ReplyLocksClientFirst();
  const Captions captions(trace);
  size_t stops = 0;
  size_t at = 0;
  while (const auto next = captions.NextStop(at)) {
    EXPECT_EQ(captions.PreviousStop(*next + 1), *next);
    EXPECT_GT(*next, at);
    at = *next;
    ++stops;
  }
  EXPECT_EQ(stops, 4u);
  EXPECT_EQ(captions.PreviousStop(captions.captions()[0].step), std::nullopt);
}

class LectureTest : public ::testing::Test {
 protected:
  LectureTest() { session_.viewport().SetPixels(176, 1000); }
  size_t Asked() const { return session_.captions().questions()[0].step; }
  Session session_{testing::ReplyLocksClientFirst()};
};

TEST_F(LectureTest, OpensOnTheBeginningInStepsAndHStillShowsTheStory) {
  EXPECT_EQ(session_.step(), 0u);
  EXPECT_EQ(session_.axis().form(), AxisForm::kSteps);
  EXPECT_TRUE(session_.viewport().Sees(0, 1));
  EXPECT_EQ(session_.selected_wait(), -1);
  session_.Do(Action::kShowStory);
  EXPECT_EQ(session_.step(), session_.story().cursor);
}

TEST_F(LectureTest, WordsTakeNoColumnAndTheCursorNeverStandsOnThem) {
  const size_t words = session_.captions().captions().size() + session_.captions().questions().size();
  EXPECT_EQ(session_.axis().last(), static_cast<double>(session_.trace().size() - words));
  size_t steps = 1;
  for (size_t last = session_.step();; last = session_.step(), ++steps) {
    session_.Do(Action::kNextEvent);
    if (session_.step() == last) break;
    EXPECT_FALSE(session_.captions().IsWords(session_.step()));
    EXPECT_EQ(session_.axis().StepAt(session_.position()), session_.step());
  }
  EXPECT_EQ(steps, session_.trace().size() - words) << "each event is reached";
  for (size_t back = 1; back < steps; ++back) session_.Do(Action::kPreviousEvent);
  EXPECT_EQ(session_.step(), 0u);
  session_.GoToStep(session_.trace().size() - 1);
  EXPECT_FALSE(session_.captions().IsWords(session_.step()));
  session_.SetAxis(AxisForm::kTime);
  session_.GoToPosition(session_.axis().last());
  EXPECT_FALSE(session_.captions().IsWords(session_.step()));
}

TEST_F(LectureTest, PlayingEndsAtAnOpenQuestionAndNotAtOneThatHasBeenAnswered) {
  for (const AxisForm form : {AxisForm::kSteps, AxisForm::kTime}) {
    Session session(testing::ReplyLocksClientFirst());
    session.viewport().SetPixels(176, 1000);
    session.SetAxis(form);
    session.GoToStep(Asked() - 3);
    session.Do(Action::kPlayPause);
    for (int frame = 0; frame < 10'000 && session.playback().playing(); ++frame) session.Advance(0.05);
    EXPECT_FALSE(session.playback().playing());
    EXPECT_EQ(session.step(), Asked());
    EXPECT_TRUE(session.QuestionIsOpen());
  }
}

// The same run with two more events after the question.
Trace GoingOn() {
  trace::TraceBuilder b;
  const ObjectId a = b.Thread("a");
  const ObjectId lock = b.Mutex("lock", "server");
  b.Meta("mode", "controlled");
  b.On(a).Acquire(lock);
  b.Record(EventKind::kQuestionAsked, b.Add(ObjectType::kQuestion, "And now?"), b.Add(ObjectType::kAnswer, "On."));
  b.Release(lock).Record(EventKind::kThreadEnded, a);
  return b.Build();
}

TEST(LecturePlayTest, PlayingGoesOnFromAQuestionAndPassesItOnceItIsAnswered) {
  Session session(GoingOn());
  session.viewport().SetPixels(176, 1000);
  session.Do(Action::kPlayPause);
  session.Advance(60);  // However long a frame is, it does not leap over a question.
  EXPECT_EQ(session.trace().event(session.step()).kind(), EventKind::kLockAcquired);
  session.Do(Action::kPlayPause);
  EXPECT_TRUE(session.playback().playing()) << "whoever wants to go on without an answer may";
  session.GoToStep(session.captions().questions()[0].step);
  session.Do(Action::kShowAnswer);
  session.GoToStep(0);
  session.Advance(60);
  EXPECT_EQ(session.trace().event(session.step()).kind(), EventKind::kThreadEnded);
  EXPECT_FALSE(session.playback().playing());
}

TEST_F(LectureTest, TheAnswerIsShownOnDemandAndStaysShown) {
  session_.Do(Action::kShowAnswer);
  EXPECT_FALSE(session_.captions().questions()[0].revealed) << "the cursor is not at the question";
  session_.GoToStep(Asked());
  EXPECT_TRUE(session_.QuestionIsOpen());
  session_.Do(Action::kShowAnswer);
  EXPECT_FALSE(session_.QuestionIsOpen());
  session_.GoToStep(0);
  session_.GoToStep(Asked());
  EXPECT_FALSE(session_.QuestionIsOpen());
  EXPECT_TRUE(session_.captions().questions()[0].revealed);
}

TEST_F(LectureTest, TheWordsKeysGoFromOneToTheNextAndBack) {
  for (const Captions::Caption& caption : session_.captions().captions()) {
    session_.Do(Action::kNextWords);
    EXPECT_EQ(session_.step(), caption.step);
  }
  session_.Do(Action::kNextWords);
  EXPECT_EQ(session_.step(), Asked());
  session_.Do(Action::kNextWords);
  EXPECT_EQ(session_.step(), Asked());
  session_.Do(Action::kPreviousWords);
  EXPECT_EQ(session_.step(), session_.captions().captions()[2].step);
}

TEST_F(LectureTest, TheWindowsTitleSaysWhatBecameOfAControlledRun) {
  EXPECT_EQ(session_.WindowTitle(), "Reply: client lock before server lock – deadlock");
  EXPECT_EQ(Session(testing::FourClientsThreeWorkers()).WindowTitle(), "Four clients, three workers");
}

TEST_F(LectureTest, AClickOnTheColumnBesideWordsGoesToItsOwnEvent) {
  const LaneContent& content = session_.content();
  const Lanes lanes = LayOutLanes(content, Metrics::Make(1, 0));
  for (const Captions::Caption& caption : session_.captions().captions()) {
    const Lane* lane = lanes.Find(session_.trace().thread(caption.step));
    for (const size_t event : {caption.step, session_.captions().EventAfter(caption.step)}) {
      for (const double beside : {-0.2, 0.0, 0.2}) {
        const Lane* asked = session_.trace().thread(event) == lane->object ? lane : nullptr;
        EXPECT_EQ(NearestEvent(content, session_.axis(), asked, session_.axis().Mid(event) + beside), event);
      }
    }
  }
}

TEST_F(LectureTest, TheRulerHasADotForACaptionAndASignForAQuestionAndTheLanesHaveNeither) {
  const Lanes lanes = LayOutLanes(session_.content(), Metrics::Make(1, 0));
  const FakeMeasure measure;
  PlanInput in;
  in.content = &session_.content();
  in.lanes = &lanes;
  in.axis = &session_.axis();
  in.measure = &measure;
  in.captions = &session_.captions();
  in.viewport.SetPixels(176, 1000);
  in.viewport.SetLimits(session_.axis());
  in.viewport.ShowAll();
  const TimelinePlan plan = PlanTimeline(in);
  std::vector<size_t> dots;
  for (const Tick& tick : plan.ruler.ticks) dots.push_back(tick.step);
  std::vector<size_t> captions;
  for (const Captions::Caption& caption : session_.captions().captions()) captions.push_back(caption.step);
  EXPECT_EQ(dots, captions);
  const auto signs = std::count_if(plan.ruler.labels.begin(), plan.ruler.labels.end(),
                                   [](const Label& label) { return label.text == "?"; });
  EXPECT_EQ(signs, 1);
  for (const Tick& tick : plan.body.ticks) EXPECT_FALSE(session_.captions().IsWords(tick.step));
  // Numbers stay those of the recording, where columns are left out, too.
  for (const Label& label : plan.ruler.labels) {
    if (label.text == "?") continue;
    const size_t step = std::stoul(label.text) - 1;
    EXPECT_NEAR(in.viewport.X(in.axis->Mid(step)), label.at.x + measure.Width(label.text, label.style) / 2, 0.1);
    EXPECT_TRUE(in.axis->Shows(step));
  }
}

}  // namespace
}  // namespace lockscope::viewer
