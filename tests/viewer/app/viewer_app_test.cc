// Runs the built viewer as a person would: exit codes, messages, screenshots. It needs no display.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stb_image.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/trace/trace_file.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"

namespace lockscope::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class ViewerAppTest : public ::testing::Test {
 protected:
  ViewerAppTest() {
    fs::create_directories(folder_);
    EXPECT_TRUE(trace::WriteTrace(testing::FourClientsThreeWorkers(), sample_));
  }
  ~ViewerAppTest() override { fs::remove_all(folder_); }

  // Without a display, whatever the environment has. No file that it writes may have more than `most_bytes`.
  Ran Run(std::vector<std::string> arguments, rlim_t most_bytes = RLIM_INFINITY) const {
    const fs::path out = folder_ / "stdout";
    const fs::path err = folder_ / "stderr";
    arguments.insert(arguments.begin(), VIEWER);
    const pid_t child = fork();
    if (child == 0) {
      dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
      dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
      unsetenv("DISPLAY");
      unsetenv("WAYLAND_DISPLAY");
      setenv("XDG_STATE_HOME", folder_.c_str(), 1);
      // What Mesa keeps between runs is not to be cut short.
      if (most_bytes != RLIM_INFINITY) setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
      const rlimit limit{most_bytes, most_bytes};
      setrlimit(RLIMIT_FSIZE, &limit);
      signal(SIGXFSZ, SIG_IGN);  // A write says EFBIG instead.
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(VIEWER, argv.data());
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), ReadAll(out), ReadAll(err)};
  }

  fs::path Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  // One clear line on stderr, and the exit code for input that cannot be used.
  void ExpectRefused(const Ran& ran, const std::string& saying) const {
    EXPECT_EQ(ran.exit_code, 2) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(saying));
    EXPECT_THAT(ran.err, StartsWith("lockscope-viewer: "));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_EQ(ran.out, "");
  }

  struct Picture {
    int width = 0;
    int height = 0;
    std::set<uint32_t> colors;
    std::set<uint32_t> bottom;  // The colours of the last rows.
  };
  static Picture Load(const fs::path& path) {
    Picture picture;
    int channels = 0;
    unsigned char* pixels = stbi_load(path.c_str(), &picture.width, &picture.height, &channels, 3);
    if (pixels == nullptr) return picture;
    for (int i = 0; i < picture.width * picture.height; ++i) {
      const auto color = static_cast<uint32_t>(pixels[3 * i] << 16 | pixels[3 * i + 1] << 8 | pixels[3 * i + 2]);
      picture.colors.insert(color);
      if (i >= picture.width * (picture.height - 10)) picture.bottom.insert(color);
    }
    stbi_image_free(pixels);
    return picture;
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / (std::string("lockscope-viewer-") +
                                                       ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                                                       "-" + std::to_string(::getpid()));
  fs::path sample_ = folder_ / "sample.lockscope";
};

TEST_F(ViewerAppTest, SaysWhatIsWrongWithAFileAndEndsWithTwo) {
  ExpectRefused(Run({}), "TRACE is required");
  ExpectRefused(Run({folder_ / "none"}), "No such file");
  ExpectRefused(Run({folder_}), "is a folder");
  ExpectRefused(Run({Write("empty", "")}), "is empty");
  ExpectRefused(Run({Write("s.json", "{\"daemon\": {\"workers\": 1}}")}), "lockscope run");
  ExpectRefused(Run({Write("noise", std::string(5000, 'x'))}), "noise");
}

TEST_F(ViewerAppTest, SaysWhatIsWrongWithAnOption) {
  ExpectRefused(Run({sample_, "--at", "noon"}), "noon");
  ExpectRefused(Run({sample_, "--size", "huge"}), "huge");
  ExpectRefused(Run({sample_, "--axis", "sideways"}), "sideways");
  ExpectRefused(Run({sample_, "--scale", "9"}), "9");
  ExpectRefused(Run({sample_, "--no-such-option"}), "--no-such-option");
  ExpectRefused(Run({sample_, sample_, "--theme", "dark"}), "sample.lockscope");
  ExpectRefused(Run({sample_, "--at", ""}), "--at");
  ExpectRefused(Run({sample_, "--screenshot", folder_ / "no" / "o.png"}), "No such file");
}

TEST_F(ViewerAppTest, APartThatEndsWhereItBeginsOrBeforeIsRefusedWhereverTheCursorIs) {
  const std::vector<std::pair<std::string, std::string>> parts = {{"50ms", "10ms"},      {"20ms", "20ms"},
                                                                  {"20ms", "19999us"},   {"step:9", "step:9"},
                                                                  {"step:10", "step:9"}, {"10ms", "step:2"}};
  for (const auto& [from, to] : parts) {
    for (const char* axis : {"time", "steps"}) {
      for (const char* at : {"30ms", "step:1", "step:100"}) {
        ExpectRefused(
            Run({sample_, "--from", from, "--to", to, "--at", at, "--axis", axis, "--screenshot", folder_ / "o.png"}),
            "--from " + from + " is not before --to " + to);
      }
    }
  }
}

TEST_F(ViewerAppTest, DrawsNoPictureOverItsRecording) {
  const std::string before = ReadAll(sample_);
  for (const char* option : {"--screenshot", "--picture"}) {
    ExpectRefused(Run({sample_, option, sample_}), "sample.lockscope: this is the recording itself");
    EXPECT_EQ(ReadAll(sample_), before);
  }
}

TEST_F(ViewerAppTest, WhereThereIsNoRoomForAPictureNothingIsLeftAndWhatWasThereStays) {
  const fs::path fresh = folder_ / "fresh.png";
  const fs::path old = Write("old.png", "what was there");
  for (const char* option : {"--screenshot", "--picture"}) {
    ExpectRefused(Run({sample_, option, "/dev/full"}), "/dev/full: cannot be written: No space left on device");
    ExpectRefused(Run({sample_, option, fresh}, 1000), "fresh.png: cannot be written: File too large");
    ExpectRefused(Run({sample_, option, old}, 1000), "old.png: cannot be written: File too large");
    EXPECT_EQ(ReadAll(old), "what was there");
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      EXPECT_NE(entry.path().stem().string().substr(0, 5), "fresh") << entry.path();
    }
  }
}

TEST_F(ViewerAppTest, AHyphenInPlaceOfAFileIsStandardOutput) {
  for (const char* option : {"--screenshot", "--picture"}) {
    const fs::path out = folder_ / "out.png";
    ASSERT_EQ(Run({sample_, option, out}).exit_code, 0);
    const Ran ran = Run({sample_, option, "-"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_FALSE(fs::exists("-"));
    EXPECT_EQ(ran.out.substr(0, 8), "\x89PNG\r\n\x1a\n");
    EXPECT_TRUE(ran.out == ReadAll(out)) << ran.out.size() << " bytes";
  }
}

TEST_F(ViewerAppTest, HelpIsNoError) {
  const Ran ran = Run({"--help"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, HasSubstr("--screenshot"));
}

TEST_F(ViewerAppTest, WithoutADisplayItSaysSoAndEndsWithThree) {
  const Ran ran = Run({sample_});
  EXPECT_EQ(ran.exit_code, 3) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("no display"));
  EXPECT_THAT(ran.err, HasSubstr("--screenshot"));
}

TEST_F(ViewerAppTest, WritesAScreenshotWithoutADisplayInBothThemesAndForms) {
  for (const char* theme : {"light", "dark"}) {
    for (const char* axis : {"time", "steps"}) {
      const fs::path out = folder_ / "out.png";
      const Ran ran = Run({sample_, "--screenshot", out, "--size", "1280x720", "--theme", theme, "--axis", axis});
      ASSERT_EQ(ran.exit_code, 0) << ran.err;
      const Picture picture = Load(out);
      EXPECT_EQ(picture.width, 1280);
      EXPECT_EQ(picture.height, 720);
      EXPECT_GT(picture.colors.size(), 200u) << theme << ' ' << axis;
    }
  }
}

TEST_F(ViewerAppTest, TheSameRecordingGivesTheSameScreenshot) {
  for (const char* name : {"a.png", "b.png"}) {
    ASSERT_EQ(Run({sample_, "--screenshot", folder_ / name, "--at", "step:90", "--from", "step:80", "--to", "step:120"})
                  .exit_code,
              0);
  }
  EXPECT_EQ(ReadAll(folder_ / "a.png"), ReadAll(folder_ / "b.png"));
}

TEST_F(ViewerAppTest, ScreenshotsOfOddSizesAndOfEveryViewAreNoTrouble) {
  const fs::path out = folder_ / "out.png";
  for (const char* size : {"320x320", "641x2003", "3840x2160"}) {
    ASSERT_EQ(Run({sample_, "--screenshot", out, "--size", size, "--whole", "--unfold"}).exit_code, 0) << size;
    EXPECT_EQ(std::to_string(Load(out).width) + "x" + std::to_string(Load(out).height), size);
  }
  EXPECT_EQ(Run({sample_, "--screenshot", out, "--scale", "2.5"}).exit_code, 0);
}

TEST_F(ViewerAppTest, ComposesThePictureOfOneCall) {
  const fs::path out = folder_ / "picture.png";
  const Ran ran = Run({sample_, "--picture", out});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(Load(out).width, 1600);
  EXPECT_EQ(Load(out).height, 900);
  EXPECT_GT(Load(out).colors.size(), 200u);
  ExpectRefused(Run({sample_, "--picture", out, "--job", "99"}), "no job 99");
}

TEST_F(ViewerAppTest, APictureIsOfThePlaceAndThePartThatAreAskedFor) {
  const auto drawn = [&](std::vector<std::string> options) {
    const fs::path out = folder_ / "picture.png";
    fs::remove(out);
    options.insert(options.begin(), {sample_, "--picture", out});
    const Ran ran = Run(options);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ReadAll(out);
  };
  const std::string own = drawn({});
  const std::string at = drawn({"--at", "step:30"});
  std::set<std::string> all = {own, at};
  all.insert(drawn({"--from", "step:20"}));
  all.insert(drawn({"--to", "step:200"}));
  all.insert(drawn({"--from", "step:20", "--to", "step:60"}));
  all.insert(drawn({"--from", "step:20", "--to", "step:60", "--at", "step:30"}));
  EXPECT_EQ(all.size(), 6u);
  EXPECT_EQ(drawn({"--at", "step:30"}), at);
  const std::string out = folder_ / "none.png";
  ExpectRefused(Run({sample_, "--picture", out, "--at", "noon"}), "noon");
  ExpectRefused(Run({sample_, "--picture", out, "--at", "step:9", "--from", "step:20"}),
                "--at step:9 is not between --from step:20 and the end");
  ExpectRefused(Run({sample_, "--picture", out, "--from", "step:60", "--to", "step:20"}), "is not before --to step:20");
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(ViewerAppTest, NothingRunsOverTheLowerEdgeOfAPicture) {
  const fs::path out = folder_ / "picture.png";
  for (const char* size : {"1600x900", "1280x720", "900x600", "1000x420"}) {
    for (const char* from : {"step:1", "step:100", "step:150"}) {
      ASSERT_EQ(Run({sample_, "--picture", out, "--from", from, "--size", size}).exit_code, 0);
      EXPECT_EQ(Load(out).bottom.size(), 1u) << size << ' ' << from;
    }
  }
}

TEST_F(ViewerAppTest, WhatCannotBeHadTogetherIsRefused) {
  const std::string out = folder_ / "a.png";
  const std::string other = folder_ / "b.png";
  ExpectRefused(Run({sample_, "--picture", out, "--screenshot", other}), "--screenshot");
  ExpectRefused(Run({sample_, "--picture", out, "--axis", "time"}), "--axis");
  ExpectRefused(Run({sample_, "--picture", out, "--whole"}), "--whole");
  ExpectRefused(Run({sample_, "--picture", out, "--unfold"}), "--unfold");
  ExpectRefused(Run({sample_, "--picture", out, "--scale", "2"}), "--scale");
  ExpectRefused(Run({sample_, "--scale", "2"}), "--screenshot");
  EXPECT_FALSE(fs::exists(out) || fs::exists(other));
}

TEST_F(ViewerAppTest, ComposesThePictureOfADeadlockAndShowsQuestionsInBothThemes) {
  const fs::path deadlock = folder_ / "deadlock.lockscope";
  ASSERT_TRUE(trace::WriteTrace(testing::ReplyLocksClientFirst(), deadlock));
  const fs::path out = folder_ / "picture.png";
  for (const char* theme : {"light", "dark"}) {
    const Ran picture = Run({deadlock, "--picture", out, "--theme", theme});
    ASSERT_EQ(picture.exit_code, 0) << picture.err;
    EXPECT_GT(Load(out).colors.size(), 200u);
    const std::string whole = ReadAll(out);
    const Ran question = Run({deadlock, "--screenshot", out, "--at", "step:52", "--theme", theme, "--size", "640x400"});
    ASSERT_EQ(question.exit_code, 0) << question.err;
    EXPECT_NE(ReadAll(out), whole);
  }
}

TEST_F(ViewerAppTest, ATruncatedRecordingEndsWellHoweverItWasCut) {
  const std::string bytes = ReadAll(sample_);
  for (size_t length = 100; length < bytes.size(); length += 1777) {
    const Ran ran =
        Run({Write("cut", bytes.substr(0, length)), "--screenshot", folder_ / "out.png", "--size", "320x320"});
    EXPECT_TRUE(ran.exit_code == 0 || ran.exit_code == 2) << length << ": " << ran.exit_code << ran.err;
  }
}

}  // namespace
}  // namespace lockscope::viewer
