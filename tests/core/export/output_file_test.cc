#include "core/export/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "core/trace/trace_file.h"
#include "tests/support/run_program.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/temporary_folder.h"

namespace lockscope::export_ {
namespace {

class OutputFileTest : public ::testing::Test {
 protected:
  size_t Files() { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {})); }
  static Result<void> WriteNew(std::ostream& out) {
    out << "new";
    return {};
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(OutputFileTest, IsWholeAndAlone) {
  const std::string path = folder_.File("out");
  std::ofstream(path) << "old";
  ASSERT_TRUE(WriteFile(path, WriteNew).has_value());
  EXPECT_EQ(testing::ReadWhole(path), "new");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(OutputFileTest, GoesBehindALink) {
  const std::string path = folder_.File("out");
  const std::string link = folder_.File("link");
  std::ofstream(path) << "old";
  std::filesystem::create_symlink("out", link);
  ASSERT_TRUE(WriteFile(link, WriteNew).has_value());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(testing::ReadWhole(path), "new");
  EXPECT_EQ(Files(), 2u);
}

TEST_F(OutputFileTest, TheOldFileStandsWhereTheNewOneFails) {
  const std::string path = folder_.File("out");
  std::ofstream(path) << "old";
  const Result<void> written = WriteFile(path, [](std::ostream& out) -> Result<void> {
    out << "half";
    errno = 0;
    return Fail("not all of it is there");
  });
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().message, path + ": cannot be written: not all of it is there");
  EXPECT_EQ(testing::ReadWhole(path), "old");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(OutputFileTest, IsNotWrittenOverARecordingWhateverThatIsCalled) {
  for (const char* const name : {"run.lockscope", "run.json"}) {
    const std::string path = folder_.File(name);
    ASSERT_TRUE(trace::WriteTrace(testing::ReplyLocksClientFirst(), path));
    const std::string before = testing::ReadWhole(path);
    const Result<void> written = WriteFile(path, WriteNew);
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().message, path + ": is a recording; another name for the new file was expected");
    EXPECT_EQ(testing::ReadWhole(path), before);
  }
  EXPECT_EQ(Files(), 2u);
}

TEST_F(OutputFileTest, InAFolderThatIsNotThereIsAnError) {
  const std::string path = folder_.File("missing") + "/out";
  const Result<void> written = WriteFile(path, WriteNew);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().message, path + ": cannot be written: No such file or directory");
}

TEST_F(OutputFileTest, OnAFullDeviceIsAnErrorAndLeavesTheDeviceAlone) {
  const Result<void> written = WriteFile("/dev/full", WriteNew);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().message, "/dev/full: cannot be written: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

}  // namespace
}  // namespace lockscope::export_
