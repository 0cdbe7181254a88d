#include <gtest/gtest.h>

#include "tests/project/source_tree.h"

namespace lockscope::project {
namespace {

TEST(ReadmeTest, NamesTheTwoCommands) {
  const std::string readme = ThisProject().Read("README.md");
  EXPECT_NE(readme.find("./dev demo"), std::string::npos);
  EXPECT_NE(readme.find("./dev test"), std::string::npos);
}

}  // namespace
}  // namespace lockscope::project
