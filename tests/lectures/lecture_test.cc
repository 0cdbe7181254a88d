// What holds for the text of every lecture: its commands do what it says, its pointers lead somewhere, it reads easily.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "tests/lectures/lecture_text.h"
#include "tests/project/source_tree.h"
#include "tests/project/text_rules.h"
#include "tests/support/run_program.h"

namespace lockscope::lectures {
namespace {

namespace fs = std::filesystem;
using project::ThisProject;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kMostLines = 6;
constexpr size_t kMostColumns = 100;
constexpr size_t kMostBytes = 12'000;  // Of a text: twenty minutes.
constexpr size_t kMostOfARecording = 100'000;

std::vector<std::string> Texts() { return ThisProject().Files("lectures", {".md"}); }

LectureText Read(const std::string& file) { return LectureText(ThisProject().Read(file)); }

std::string At(const std::string& file, int line) { return fmt::format("{}:{}", file, line); }

// A copy of what a lecture works with, so that its commands may write as they do in the tree.
class Copy {
 public:
  Copy() {
    for (const char* folder : {"lectures", "scenarios"}) {
      fs::copy(ThisProject().root() / folder, folder_ / folder, fs::copy_options::recursive);
    }
    fs::create_directory(folder_ / "build");
  }
  testing::Ran Run(const std::string& command) const {
    return testing::RunProgram({"sh", "-c", R"(cd -- "$1" && PATH="$2:$PATH" && export PATH && eval "$3")", "sh",
                                folder_ / "", LOCKSCOPE_PROGRAMS, command});
  }
  std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  testing::TestFolder folder_;
};

bool NeedsTheViewer(const std::string& command) {
  return command.starts_with("lockscope view ") || command.starts_with("lockscope-viewer ");
}

bool OpensAWindow(const std::string& command) {
  return NeedsTheViewer(command) && command.find("--screenshot") == std::string::npos &&
         command.find("--picture") == std::string::npos;
}

// Every line of every block of commands, with its place.
struct Command {
  std::string place;
  std::string text;
};

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (const std::string& file : Texts()) {
    const LectureText text = Read(file);
    for (const Commands& block : text.commands()) {
      for (const std::string& command : block.commands) all.push_back({At(file, block.line), command});
    }
  }
  return all;
}

// Each block in a copy of its own: what one writes is no other's matter.
void RunAll(const std::string& file) {
  const LectureText text = Read(file);
  for (const Commands& block : text.commands()) {
    const Copy copy;
    std::string printed;
    for (size_t i = 0; i < block.commands.size(); ++i) {
      std::string command = block.commands[i];
      if (command.empty() || command.starts_with("./dev ") || command.starts_with("export PATH=")) continue;
      SCOPED_TRACE(At(file, block.line + static_cast<int>(i)) + ": " + command);
      EXPECT_TRUE(std::regex_search(command, std::regex("^(lockscope|lockscope-viewer|sed) "))) << "no such command";
      if (NeedsTheViewer(command) && !LOCKSCOPE_HAS_VIEWER) continue;
      const bool window = OpensAWindow(command);
      if (window) command += " --screenshot build/window.png";
      const testing::Ran ran = copy.Run(command);
      EXPECT_EQ(ran.status, 0) << ran.err;
      EXPECT_EQ(ran.err, "");
      if (window) {
        EXPECT_GT(fs::file_size(copy / "build/window.png"), 10'000u);
      }
      printed = ran.out;
    }
    EXPECT_EQ(block.output.value_or(printed), printed) << At(file, block.line) << ": the text says, the program prints";
  }
}

TEST(LectureTest, ThereIsOne) { EXPECT_THAT(Texts(), ::testing::Contains("lectures/00-first-trace/README.md")); }

TEST(LectureTest, EveryCommandDoesWhatTheTextSays) {
  for (const std::string& file : Texts()) RunAll(file);
}

TEST(LectureTest, EveryDevCommandIsOneThatDevNames) {
  const testing::Ran help = testing::RunProgram({(ThisProject().root() / "dev").string(), "help"});
  ASSERT_EQ(help.status, 0) << help.err;
  for (const Command& command : AllCommands()) {
    if (!command.text.starts_with("./dev ")) continue;
    EXPECT_THAT(help.out, HasSubstr(command.text + " ")) << command.place;
  }
}

TEST(LectureTest, ThePathIsWhereTheProgramIsBuilt) {
  const fs::path place = fs::path(LOCKSCOPE_PROGRAM).parent_path().lexically_relative(LOCKSCOPE_BUILD);
  const std::string line = fmt::format("export PATH=\"$PWD/build/release/{}:$PATH\"", place.string());
  for (const Command& command : AllCommands()) {
    if (command.text.starts_with("export ")) {
      EXPECT_EQ(command.text, line) << command.place;
    }
  }
}

TEST(LectureTest, EveryAnchorQuotesALineOfItsFile) {
  size_t anchors = 0;
  std::vector<std::string> files = Texts();
  files.emplace_back("core/daemon/THREADING.md");
  for (const std::string& file : files) {
    const LectureText text = Read(file);
    EXPECT_FALSE(file == files.back() && text.anchors().size() < 10) << file << " has lost its pointers";
    for (const Anchor& anchor : text.anchors()) {
      ++anchors;
      ASSERT_NE(anchor.code, "") << At(file, anchor.line) << ": write it as - `FILE`: `LINE`, on a line of its own";
      ASSERT_TRUE(ThisProject().Exists(anchor.file)) << At(file, anchor.line) << ": " << anchor.file;
      const std::vector<std::string> lines = project::Lines(ThisProject().Read(anchor.file));
      EXPECT_TRUE(std::ranges::any_of(lines, [&](const std::string& line) { return Trimmed(line) == anchor.code; }))
          << At(file, anchor.line) << ": " << anchor.file << " has no such line: " << anchor.code;
    }
  }
  EXPECT_GT(anchors, 0u);
}

TEST(LectureTest, EveryLinkLeadsToAFile) {
  const project::Findings findings = project::FindDeadLinks(ThisProject());
  for (const std::string& finding : findings) EXPECT_FALSE(finding.starts_with("lectures/")) << finding;
}

TEST(LectureTest, NoParagraphHasMoreThanSixLines) {
  for (const std::string& file : Texts()) {
    const LectureText text = Read(file);
    for (const Paragraph& paragraph : text.paragraphs()) {
      EXPECT_LE(paragraph.lines, kMostLines) << At(file, paragraph.line);
    }
  }
}

TEST(LectureTest, ProseIsNarrowEnoughToRead) {
  for (const std::string& file : Texts()) {
    const std::vector<std::string> lines = project::Lines(ThisProject().Read(file));
    const LectureText text = Read(file);
    for (const Paragraph& paragraph : text.paragraphs()) {
      for (int i = paragraph.line; i < paragraph.line + paragraph.lines; ++i) {
        const std::string& line = lines[static_cast<size_t>(i - 1)];
        if (line.starts_with("Answer ")) continue;                // Compared as a whole.
        EXPECT_LE(line.size(), kMostColumns + 8) << At(file, i);  // Bytes, not signs.
      }
    }
  }
}

TEST(LectureTest, NothingIsTooLong) {
  for (const std::string& file : Texts()) {
    EXPECT_LE(fs::file_size(ThisProject().root() / file), kMostBytes) << file;
  }
  for (const auto& entry : fs::recursive_directory_iterator(ThisProject().root() / "lectures")) {
    if (entry.path().extension() == ".lockscope") {
      EXPECT_LE(entry.file_size(), kMostOfARecording) << entry.path();
    }
  }
}

TEST(LectureTest, WordsAreThoseOfTheProject) {
  const std::regex unwanted("\\b(mutants?|twins?|houses?|rooms?)\\b", std::regex::icase);
  for (const std::string& file : Texts()) {
    for (const std::string& line : project::Lines(ThisProject().Read(file))) {
      EXPECT_FALSE(std::regex_search(line, unwanted)) << file << ": " << line;
    }
  }
}

TEST(LectureTextTest, ReadsCommandsAnchorsQuotesAndParagraphs) {
  const LectureText text(
      "# Title\n\nOne\ntwo.\n\n```sh\nlockscope a\nlockscope b\n```\n```text\nout\n```\n\n- `core/a.cc`: `x = 1;`\n"
      "See `core/a.cc`: `x`.\n\n> said … and\n> done\n\n| a | b |\n1. item\n2. item\n");
  ASSERT_EQ(text.commands().size(), 1u);
  EXPECT_EQ(text.commands()[0].line, 7);
  EXPECT_THAT(text.commands()[0].commands, ElementsAre("lockscope a", "lockscope b"));
  EXPECT_EQ(text.commands()[0].output, "out\n");
  ASSERT_EQ(text.anchors().size(), 2u);
  EXPECT_EQ(text.anchors()[0].code, "x = 1;");
  EXPECT_EQ(text.anchors()[1].code, "") << "in the middle of a sentence it is none";
  ASSERT_EQ(text.quotes().size(), 1u);
  EXPECT_THAT(text.quotes()[0].pieces, ElementsAre("said", "and done"));
  ASSERT_EQ(text.paragraphs().size(), 4u);
  EXPECT_EQ(text.paragraphs()[0].lines, 2);
}

TEST(LectureTextTest, OutputThatDoesNotFollowItsCommandIsNotCompared) {
  const LectureText text("```sh\nlockscope a\n```\n\nIt prints something like\n\n```text\nout\n```\n");
  ASSERT_EQ(text.commands().size(), 1u);
  EXPECT_FALSE(text.commands()[0].output.has_value());
}

}  // namespace
}  // namespace lockscope::lectures
