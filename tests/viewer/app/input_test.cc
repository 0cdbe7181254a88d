#include "viewer/app/input.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <gtest/gtest.h>

#include <set>

namespace lockscope::viewer {
namespace {

TEST(Input, EscapeClosesTheListOfKeysAndNothingElse) {
  EXPECT_EQ(ActionOfKey(GLFW_KEY_ESCAPE, 0), Action::kCloseHelp);
  EXPECT_EQ(ActionOfKey(GLFW_KEY_ESCAPE, GLFW_MOD_CAPS_LOCK), Action::kCloseHelp);
  EXPECT_EQ(ActionOfKey(GLFW_KEY_ESCAPE, GLFW_MOD_CONTROL), std::nullopt);
}

TEST(Input, EveryActionThatTheListNamesHasAKeyOrASign) {
  std::set<Action> reached;
  for (int key = 0; key <= GLFW_KEY_LAST; ++key) {
    for (const int mods : {0, GLFW_MOD_SHIFT, GLFW_MOD_CONTROL}) {
      if (const auto action = ActionOfKey(key, mods)) reached.insert(*action);
    }
  }
  for (unsigned int letter = ' '; letter < 127; ++letter) {
    if (const auto action = ActionOfSign(letter)) reached.insert(*action);
  }
  for (const ActionInfo& info : AllActions()) EXPECT_TRUE(reached.contains(info.action)) << info.name;
}

}  // namespace
}  // namespace lockscope::viewer
