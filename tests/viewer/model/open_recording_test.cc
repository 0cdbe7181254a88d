#include "viewer/model/open_recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/trace/trace_file.h"
#include "tests/support/sample_trace.h"
#include "viewer/model/axis.h"

namespace lockscope::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OpenRecordingTest : public ::testing::Test {
 protected:
  OpenRecordingTest() { fs::create_directories(folder_); }
  ~OpenRecordingTest() override { fs::remove_all(folder_); }
  fs::path Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  static std::string ErrorOf(const fs::path& path) {
    const auto trace = OpenRecording(path);
    return trace ? "opened" : trace.error().message;
  }
  fs::path folder_ = fs::path(::testing::TempDir()) /
                     (std::string("lockscope-open-") + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                      "-" + std::to_string(::getpid()));
};

TEST_F(OpenRecordingTest, OpensARecording) {
  const fs::path path = folder_ / "sample.lockscope";
  ASSERT_TRUE(trace::WriteTrace(testing::FourClientsThreeWorkers(), path));
  const auto trace = OpenRecording(path);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), testing::FourClientsThreeWorkers().size());
}

TEST_F(OpenRecordingTest, SaysWhatAWrongFileIs) {
  EXPECT_THAT(ErrorOf(folder_ / "none"), HasSubstr("No such file"));
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("is a folder"));
  EXPECT_THAT(ErrorOf(Write("empty", "")), HasSubstr("is empty"));
  EXPECT_THAT(ErrorOf("/dev/null"), HasSubstr("is not a file"));
  EXPECT_NE(ErrorOf(Write("text", "To be, or not to be, that is the question. ")), "opened");
}

TEST_F(OpenRecordingTest, NamesTheCommandThatAScenarioOrAnExportWants) {
  EXPECT_THAT(ErrorOf(Write("a.json", R"(  { "title": "t", "daemon": { "workers": 1 } })")),
              HasSubstr("lockscope run "));
  EXPECT_THAT(ErrorOf(Write("b.json", R"({"lockscope":"trace"})")), HasSubstr("lockscope import "));
}

TEST_F(OpenRecordingTest, ATruncatedRecordingIsOpenedOrExplainedNeverACrash) {
  const fs::path whole = folder_ / "whole.lockscope";
  ASSERT_TRUE(trace::WriteTrace(testing::FourClientsThreeWorkers(), whole));
  std::ifstream in(whole, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  for (size_t length = 1; length < bytes.size(); length += 97) {
    const std::string error = ErrorOf(Write("cut", bytes.substr(0, length)));
    EXPECT_FALSE(error.empty());
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
}

TEST(ParsePlace, TakesTimesAndSteps) {
  const trace::Trace trace = testing::FourClientsThreeWorkers();
  EXPECT_EQ(ParsePlace("step:1", trace).value().step, 0u);
  EXPECT_EQ(ParsePlace("step:144", trace).value().step, 143u);
  EXPECT_EQ(ParsePlace("0ns", trace).value().step, Axis::Time(trace).StepAt(0));
  const size_t at = ParsePlace("12.5ms", trace).value().step;
  EXPECT_EQ(ParsePlace("12.5ms", trace).value().ns, 12'500'000);
  EXPECT_LE(trace.TimeNs(at), 12'500'000);
  EXPECT_GT(trace.TimeNs(at + 1), 12'500'000);
  EXPECT_EQ(ParsePlace("12500us", trace).value().step, at);
}

TEST(ParsePlace, RefusesNonsenseInOneLine) {
  const trace::Trace trace = testing::FourClientsThreeWorkers();
  for (const char* text :
       {"", "ms", "12", "12.5 parsecs", "step:", "step:0", "step:1.5", "step:99999", "-3ms", "9999s", "nanms"}) {
    const auto place = ParsePlace(text, trace);
    ASSERT_FALSE(place) << text;
    EXPECT_THAT(place.error().message, HasSubstr(std::string("\"") + text + "\""));
  }
}

TEST(ParseSize, TakesWidthAndHeight) {
  EXPECT_EQ(ParseSize("1600x900").value().width, 1600);
  EXPECT_EQ(ParseSize("1600x900").value().height, 900);
  for (const char* text : {"", "1600", "1600x", "x900", "1600x900x2", "10x10", "99999x900", "-5x900", "16e2x900"}) {
    EXPECT_FALSE(ParseSize(text)) << text;
  }
}

}  // namespace
}  // namespace lockscope::viewer
