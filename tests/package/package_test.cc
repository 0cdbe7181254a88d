// The installed library, used as its page says, by programs that know nothing of the tree.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/package/using_page.h"
#include "tests/support/run_program.h"

namespace lockscope::package {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Ran;
using testing::RunProgram;
using ::testing::StartsWith;
using testing::TestFolder;

// A folder where the commands of the page work: what it calls build/release is there.
class Workplace {
 public:
  Workplace() {
    fs::create_directory(folder_ / "build");
    fs::create_directory_symlink(LOCKSCOPE_BUILD, folder_ / "build/release");
  }
  Ran Run(const std::string& command) const {
    return RunProgram({"sh", "-c", R"(cd -- "$1" && PATH="$2:$PATH" CXX="$3" && export PATH CXX && eval "$4")", "sh",
                       folder_ / "", fs::path(LOCKSCOPE_PROGRAM).parent_path().string(), LOCKSCOPE_CXX, command});
  }
  // The output of a command that must succeed.
  std::string Done(const std::string& command) const {
    const Ran ran = Run(command);
    EXPECT_EQ(ran.status, 0) << command << "\n" << ran.out << ran.err;
    return ran.out + ran.err;
  }
  void Install() const { Done("cmake --install build/release --component library --prefix prefix"); }
  std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  const TestFolder folder_;
};

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(PackageTest, ThePageOnUsingItLeadsToARecordingThatCheckFindsClean) {
  const Workplace workplace;
  std::string last;
  int commands = 0, files = 0;
  for (const Part& part : ReadUsingPage(testing::ReadWhole(LOCKSCOPE_ROOT "/core/sync/USING.md"))) {
    SCOPED_TRACE(fmt::format("core/sync/USING.md:{}", part.line));
    if (!part.file.empty()) {
      fs::create_directories(fs::path(workplace / part.file).parent_path());
      testing::WriteWhole(workplace / part.file, Joined(part.lines));
      ++files;
      continue;
    }
    for (const std::string& command : part.lines) {
      if (command.starts_with("./dev ")) continue;
      last = workplace.Done(command);
      ++commands;
    }
  }
  EXPECT_GE(files, 2);
  EXPECT_GE(commands, 5);
  EXPECT_THAT(last, AllOf(ContainsRegex("R5 wait-with-own-mutex-only +kept \\([0-9]+ checked\\)"),
                          ContainsRegex("lock order +kept \\([0-9]+ checked\\)"), Not(HasSubstr("BROKEN"))));
  EXPECT_THAT(workplace.Done("lockscope export bank.lockscope -o -"), HasSubstr(R"("place":"bank.cc:)"))
      << "call sites are relative to the program's own root";
}

// Everything about the examples in one test: they are built once.
TEST(PackageTest, ProgramsWithLocksOfTheirOwnAreRecordedAndJudged) {
  const Workplace workplace;
  workplace.Install();
  fs::copy(LOCKSCOPE_ROOT "/tests/package/examples", workplace / "examples");
  workplace.Done("cmake -S examples -B out -DCMAKE_PREFIX_PATH=\"$PWD/prefix\"");
  workplace.Done("cmake --build out");

  {
    SCOPED_TRACE("jobs");
    workplace.Done("out/jobs");
    const std::string said = workplace.Done("lockscope check jobs.lockscope");
    EXPECT_THAT(said, AllOf(HasSubstr("R1 server-before-client         not checked: the recording has no server lock"),
                            ContainsRegex("lock order +not checked: no lock is asked for while another is held")));
  }
  {
    SCOPED_TRACE("inversion, recorded");
    workplace.Done("out/inversion record");
    const Ran ran = workplace.Run("lockscope check inversion.lockscope");
    EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
    EXPECT_THAT(ran.out, AllOf(ContainsRegex("lock order, at inversion.cc:[0-9]+: main asks for lock account 1 while "
                                             "it holds lock ledger."),
                               ContainsRegex("lock order, at inversion.cc:[0-9]+: main asks for lock page 7 without "
                                             "the lock that must be held before it."),
                               HasSubstr("mend: Take the locks in the order"), ContainsRegex("lock order +BROKEN")));
    EXPECT_THAT(ran.out, Not(HasSubstr("BROKEN (0"))) << "none of the model's rules is meant";
  }
  {
    SCOPED_TRACE("inversion, stopped");
    const Ran ran = workplace.Run("out/inversion");
    EXPECT_EQ(ran.status, 128 + 6) << ran.err;
    EXPECT_THAT(ran.err,
                StartsWith("lockscope: the order of locks is broken: main asks for the account lock 'account 1' "
                           "at inversion.cc:"));
    EXPECT_THAT(workplace.Run("lockscope check inversion.lockscope").out, HasSubstr("the recording was not finished"));
  }
  {
    SCOPED_TRACE("hang");
    EXPECT_EQ(workplace.Run("out/hang hang.lockscope").status, 128 + 9);
    const Ran ran = workplace.Run("lockscope check hang.lockscope");
    EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
    EXPECT_THAT(ran.out, StartsWith("Deadlock: teller-1 waits for lock account 2, which teller-2 holds (taken at "
                                    "hang.cc:"));
    EXPECT_THAT(ran.out, HasSubstr("the recording was not finished"));
#ifdef LOCKSCOPE_VIEWER_PROGRAM
    workplace.Done(std::string("'" LOCKSCOPE_VIEWER_PROGRAM "' hang.lockscope --screenshot hang.png --size 900x600"));
    EXPECT_GT(fs::file_size(workplace / "hang.png"), 10'000u);
#endif
  }
}

TEST(PackageTest, AnotherVersionIsRefused) {
  const Workplace workplace;
  workplace.Install();
  testing::WriteWhole(workplace / "CMakeLists.txt",
                      "cmake_minimum_required(VERSION 3.20)\nproject(old CXX)\nfind_package(lockscope 9.0 REQUIRED)\n");
  const Ran ran = workplace.Run("cmake -S . -B out -DCMAKE_PREFIX_PATH=\"$PWD/prefix\"");
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("compatible with requested"));
}

TEST(PackageTest, NoInstalledHeaderNeedsTheTree) {
  const Workplace workplace;
  workplace.Install();
  size_t headers = 0;
  for (const auto& entry : fs::recursive_directory_iterator(workplace / "prefix/include")) {
    if (!entry.is_regular_file()) continue;
    ++headers;
    EXPECT_THAT(testing::ReadWhole(entry.path()), Not(HasSubstr("#include \"core/"))) << entry.path();
  }
  EXPECT_GT(headers, 10u);
  EXPECT_TRUE(fs::exists(workplace / "prefix/include/lockscope/lockscope.h"));
  EXPECT_TRUE(fs::exists(workplace / "prefix/include/lockscope/sync/mutex.h"));
}

TEST(UsingPageTest, HasFilesAndCommandsInTheirOrder) {
  const std::vector<Part> parts = ReadUsingPage(
      "Write\n\n`a/b.cc`:\n\n```cpp\nint x;\n```\nand type\n```sh\n./dev build\nls\n```\n```text\nb.cc\n```\n"
      "`a/b.cc`: prose\n```cmake\nproject(a)\n```\n");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].file, "a/b.cc");
  EXPECT_EQ(parts[0].line, 6);
  EXPECT_THAT(parts[1].lines, ::testing::ElementsAre("./dev build", "ls"));
  EXPECT_EQ(parts[2].file, "") << "a line that says more names no file";
}

}  // namespace
}  // namespace lockscope::package
