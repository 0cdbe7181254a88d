#include "core/trace/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trace/trace_builder.h"

namespace lockscope::trace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TraceTest, GivesThreadsTheirOwnStepsInOrder) {
  TraceBuilder b;
  const ObjectId ann = b.Thread("ann");
  const ObjectId ben = b.Thread("ben");
  const ObjectId lock = b.Mutex("server", "server");
  b.At(10).On(ann).Acquire(lock).At(20).On(ben).Request(lock).At(30).On(ann).Release(lock).At(31).On(ben).Acquire(lock);
  const Trace trace = b.Build();
  ASSERT_EQ(trace.size(), 6u);
  EXPECT_THAT(trace.threads(), ElementsAre(ann, ben));
  EXPECT_THAT(trace.StepsOf(0), ElementsAre(0, 2, 4));
  EXPECT_THAT(trace.StepsOf(1), ElementsAre(1, 3, 5));
  EXPECT_EQ(trace.thread(4), ann);
  EXPECT_EQ(trace.event(3).arg(), ann) << "the request names who held the lock";
}

TEST(TraceTest, FindsTheStepAtATime) {
  TraceBuilder b;
  const ObjectId ann = b.Thread("ann");
  for (int64_t ns = 10; ns <= 10'000; ns += 10) b.At(ns).On(ann).Record(EventKind::kDaemonStarted);
  const Trace trace = b.Build();
  EXPECT_EQ(trace.StepAt(0), 0u);
  for (int64_t ns = 1; ns <= 10'000; ++ns) {
    const size_t step = trace.StepAt(ns);
    ASSERT_GE(trace.TimeNs(step), ns);
    ASSERT_LT(trace.TimeNs(step - 1), ns);
  }
  EXPECT_EQ(trace.StepAt(10'001), trace.size());
  EXPECT_EQ(trace.end_ns(), 10'000);
}

TEST(TraceTest, TicksBecomeNanosecondsWithoutOverflow) {
  TraceParts parts;
  parts.info.ticks_per_second = 2'600'000'000;
  const Result<Trace> trace = Trace::Build(parts);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->TicksToNs(2'600'000'000ull * 86'400 * 17), 86'400ll * 17 * 1'000'000'000);
}

TEST(TraceTest, AnEmptyTraceAnswersEveryQuestion) {
  const Trace trace;
  EXPECT_TRUE(trace.empty());
  EXPECT_EQ(trace.end_ns(), 0);
  EXPECT_EQ(trace.StepAt(5), 0u);
  EXPECT_EQ(trace.Name(0), "");
  EXPECT_EQ(trace.site(0).Place(), "an unknown place");
}

TEST(TraceTest, RefusesWhatSpeaksOfNothing) {
  const auto build = [](Event event, ObjectId parent = 0) {
    TraceParts parts;
    parts.objects = {{ObjectType::kThread, "ann", "", parent}};
    parts.threads = {{1, {event}}};
    const Result<Trace> trace = Trace::Build(parts);
    return trace ? std::string("fine") : trace.error().message;
  };
  EXPECT_EQ(build(Event::Make(0, EventKind::kThreadStarted, 1, 0, 0)), "fine");
  EXPECT_THAT(build(Event::Make(0, EventKind::kThreadStarted, 2, 0, 0)), HasSubstr("object 2 of 1"));
  EXPECT_THAT(build(Event::Make(0, EventKind::kThreadStarted, 1, 7, 0)), HasSubstr("object 7 of 1"));
  EXPECT_THAT(build(Event::Make(0, EventKind::kThreadStarted, 1, 0, 3)), HasSubstr("site 3 of 0"));
  EXPECT_THAT(build(Event(0, 255)), HasSubstr("kind 255 is not known"));
  EXPECT_THAT(build(Event::Make(0, EventKind::kThreadStarted, 1, 0, 0), 9), HasSubstr("names parent 9"));
}

TEST(TraceTest, RefusesAnObjectOfNoType) {
  for (const int type : {0, 13, 254}) {
    TraceParts parts;
    parts.objects = {{static_cast<ObjectType>(type), "ann", "", kNoObject}};
    const Result<Trace> trace = Trace::Build(parts);
    ASSERT_FALSE(trace) << type;
    EXPECT_THAT(trace.error().message, HasSubstr("object 1 is of type"));
  }
}

// They could move the cursor of a terminal, or make two lines of one.
TEST(TraceTest, ControlCharactersInNamesBecomeQuestionMarks) {
  TraceParts parts;
  parts.info.meta = {{"ti\ntle", "two\nlines\x1b[2J"}};
  parts.objects = {{ObjectType::kMutex, "a\nb\x7f", "ser\tver", kNoObject}};
  parts.sites = {{"a\r.cc", 1, "f\0g"}};
  const Result<Trace> trace = Trace::Build(parts);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->object(1).name, "a?b?");
  EXPECT_EQ(trace->object(1).lock_class, "ser?ver");
  EXPECT_EQ(trace->site(1).file, "a?.cc");
  EXPECT_EQ(trace->Meta("ti?tle"), "two\nlines?[2J") << "the lines of a story stay lines";
}

TEST(TraceTest, ComesBackFromItsParts) {
  TraceBuilder b;
  const ObjectId ann = b.Thread("ann", Role::kWorker);
  const ObjectId lock = b.Mutex("server", "server");
  b.Meta("title", "A test").On(ann, "a.cc", 3).Acquire(lock).Release(lock);
  const Trace trace = b.Build();
  const Result<Trace> again = Trace::Build(trace.ToParts());
  ASSERT_TRUE(again);
  EXPECT_TRUE(std::ranges::equal(trace.events(), again->events()));
  EXPECT_EQ(again->Meta("title"), "A test");
  EXPECT_EQ(again->Place(2), "a.cc:3");
}

}  // namespace
}  // namespace lockscope::trace
