// Every shipped scenario comes out as its file expects, the same every time, and its recording is fit to be passed on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/export/json_lines.h"
#include "core/trace/trace_file.h"
#include "tests/core/scenario/library_run.h"

namespace lockscope::scenario {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using trace::EventKind;

class LibraryTest : public ::testing::TestWithParam<std::string> {
 protected:
  LibraryTest() : scenario_(Shipped(GetParam())) {}
  ControlledRun Run() const { return RunOf(scenario_, GetParam()); }

  const RecordBreaches policy_;
  const Scenario scenario_;
};

TEST_P(LibraryTest, ComesOutAsItsFileExpects) {
  const ControlledRun run = Run();
  EXPECT_THAT(ProblemsOf(run), IsEmpty());
  EXPECT_THAT(DifferencesOf(run.trace, scenario_.expect), IsEmpty());
  EXPECT_EQ(run.trace.info().dropped_events, 0u);
  if (scenario_.bug == "none") {
    EXPECT_EQ(run.end, sched::RunEnd::kFinished);
    EXPECT_EQ(scenario_.expect.outcome, "clean");
  } else {
    EXPECT_NE(scenario_.expect.outcome, "clean");
  }
}

TEST_P(LibraryTest, GivesTheSameBytesFiftyTimes) {
  const std::vector<std::byte> first = trace::EncodeTrace(Run().trace);
  for (int run = 1; run < 50; ++run) ASSERT_EQ(trace::EncodeTrace(Run().trace), first) << "run " << run;
}

TEST_P(LibraryTest, ComesBackFromJsonByteForByte) {
  const trace::Trace trace = Run().trace;
  std::stringstream json;
  ASSERT_TRUE(export_::ExportJsonLines(trace, json));
  const Result<trace::Trace> back = export_::ImportJsonLines(json, "json");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(trace::EncodeTrace(*back), trace::EncodeTrace(trace));
}

TEST_P(LibraryTest, SaysAndAsksAllThatItsFileDoesInThatOrder) {
  std::vector<std::string> wanted;
  if (const Script* script = std::get_if<Script>(&scenario_.schedule)) {
    for (const ScheduleStep& step : *script) {
      if (!step.say.empty()) wanted.push_back("say: " + step.say);
      if (!step.ask.empty()) wanted.push_back("ask: " + step.ask);
    }
  }
  const trace::Trace trace = Run().trace;
  std::vector<std::string> found;
  for (size_t step = 0; step < trace.size(); ++step) {
    const trace::Event& event = trace.event(step);
    if (event.kind() == EventKind::kCaptionShown) found.push_back(fmt::format("say: {}", trace.Name(event.object())));
    if (event.kind() != EventKind::kQuestionAsked) continue;
    found.push_back(fmt::format("ask: {}", trace.Name(event.object())));
    EXPECT_THAT(std::string(trace.Name(event.arg())), Not(IsEmpty())) << "its answer";
  }
  EXPECT_THAT(found, ElementsAreArray(wanted));
}

// What would differ between compilers, machines or runs.
TEST_P(LibraryTest, HoldsNothingOfTheMachineThatMadeIt) {
  const trace::Trace trace = Run().trace;
  for (const trace::Site& site : trace.sites()) {
    EXPECT_THAT(site.file, StartsWith("core/"));
    EXPECT_EQ(site.file.find(".."), std::string::npos) << site.file;
    EXPECT_NE(site.function, "operator()") << site.Place() << ": a name that says nothing";
    std::ifstream source(std::filesystem::path(LOCKSCOPE_SCENARIOS).parent_path() / site.file);
    ASSERT_TRUE(source) << site.file << ": not a file of ours";
    int lines = 0;
    for (std::string line; std::getline(source, line);) ++lines;
    EXPECT_GE(site.line, 1);
    EXPECT_LE(site.line, lines) << site.file;
  }
  for (size_t step = 0; step < trace.size(); ++step) {
    const EventKind kind = trace.event(step).kind();
    const bool words = kind == EventKind::kCaptionShown || kind == EventKind::kQuestionAsked;
    EXPECT_EQ(trace.event(step).site() == kUnknownSite, words) << "step " << step << " has no place";
    if (step > 0) {
      ASSERT_LT(trace.event(step - 1).ticks(), trace.event(step).ticks()) << "step " << step;
    }
  }
  EXPECT_EQ(trace.clock_error_ns(), 0);
  for (const auto& [key, value] : trace.info().meta) {
    EXPECT_EQ(value.find('/'), std::string::npos) << key << ": " << value;
  }
}

INSTANTIATE_TEST_SUITE_P(Library, LibraryTest, ::testing::ValuesIn(ShippedNames()),
                         [](const auto& test) { return TestName(test.param); });

}  // namespace
}  // namespace lockscope::scenario
