#include "viewer/model/preferences.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace lockscope::viewer {
namespace {

namespace fs = std::filesystem;

TEST(Preferences, ComeBackAsTheyWereSaved) {
  Preferences preferences;
  preferences.dark = false;
  preferences.text_scale = 1.21f;
  preferences.bottom_share = 0.4f;
  const fs::path path =
      fs::path(::testing::TempDir()) / ("lockscope-preferences-" + std::to_string(::getpid())) / "deep" / "viewer";
  ASSERT_TRUE(SavePreferences(preferences, path));
  const Preferences read = LoadPreferences(path);
  EXPECT_FALSE(read.dark);
  EXPECT_FLOAT_EQ(read.text_scale, 1.21f);
  EXPECT_FLOAT_EQ(read.bottom_share, 0.4f);
  EXPECT_FLOAT_EQ(read.details_share, preferences.details_share);
  fs::remove_all(path.parent_path().parent_path());
}

TEST(Preferences, NonsenseIsAsGoodAsNothing) {
  const Preferences read =
      Preferences::Parse("theme mauve\nbottom_share nan\ntext_scale 9000\n\n???\ndetails_share 0.3x\n");
  EXPECT_TRUE(read.dark);
  EXPECT_FLOAT_EQ(read.bottom_share, Preferences().bottom_share);
  EXPECT_FLOAT_EQ(read.text_scale, 2.5f);
  EXPECT_FLOAT_EQ(read.details_share, Preferences().details_share);
}

TEST(Preferences, APlaceThatCannotBeWrittenIsNoFailure) {
  EXPECT_FALSE(SavePreferences(Preferences(), "/proc/nowhere/viewer"));
  EXPECT_FALSE(SavePreferences(Preferences(), ""));
  EXPECT_TRUE(LoadPreferences("/proc/nowhere/viewer").dark);
}

}  // namespace
}  // namespace lockscope::viewer
