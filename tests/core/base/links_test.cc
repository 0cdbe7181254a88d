#include "core/base/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/temporary_folder.h"

namespace lockscope {
namespace {

namespace fs = std::filesystem;

TEST(BehindLinksTest, WhatIsNoLinkIsItself) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(BehindLinks("relative"), "relative");
  EXPECT_EQ(BehindLinks(""), "");
  EXPECT_EQ(BehindLinks(folder.File("nothing")), folder.File("nothing"));
}

TEST(BehindLinksTest, LinksAreFollowedOneAfterTheOtherToAFileThatNeedNotBeThere) {
  const testing::TemporaryFolder folder;
  fs::create_directory(folder.File("deep"));
  fs::create_symlink("deep/second", folder.File("first"));
  fs::create_symlink("file", folder.File("deep/second"));
  EXPECT_EQ(BehindLinks(folder.File("first")), folder.File("deep/file"));
  fs::create_symlink(folder.File("elsewhere"), folder.File("absolute"));
  EXPECT_EQ(BehindLinks(folder.File("absolute")), folder.File("elsewhere"));
}

TEST(BehindLinksTest, ACircleLeadsNowhere) {
  const testing::TemporaryFolder folder;
  fs::create_symlink("b", folder.File("a"));
  fs::create_symlink("a", folder.File("b"));
  EXPECT_EQ(BehindLinks(folder.File("a")), folder.File("a"));
}

}  // namespace
}  // namespace lockscope
