// The toolbar with the fonts that the window has: what is there at the sizes that people use.
#include <gtest/gtest.h>
#include <imgui.h>

#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"
#include "viewer/view/ui.h"

namespace lockscope::viewer {
namespace {

// A context of ImGui's without anything to draw on: a frame is laid out all the same.
class ToolbarTest : public ::testing::Test {
 protected:
  ToolbarTest() {
    ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;
  }
  ~ToolbarTest() override { ImGui::DestroyContext(); }

  ToolbarPlan PlanOf(trace::Trace trace, ImVec2 size, float scale) {
    ImGui::GetIO().DisplaySize = size;
    Fonts fonts;
    const Result<void> loaded = fonts.Load(scale);
    EXPECT_TRUE(loaded) << loaded.error().message;
    Session session(std::move(trace));
    Preferences preferences;
    Ui ui(session, fonts, preferences);
    for (int i = 0; i < 2; ++i) {
      ImGui::NewFrame();
      ui.Frame(size, scale);
      ImGui::EndFrame();
    }
    return ui.toolbar();
  }
};

TEST_F(ToolbarTest, HasAllOfItsButtonsInASmallWindowAndInALargerOneWithLargerText) {
  struct Case {
    ImVec2 size;
    float scale;
  };
  for (const Case& c : {Case{{640, 480}, 1}, Case{{900, 600}, 1.5f}, Case{{1280, 720}, 1}}) {
    for (const trace::Trace& trace : {testing::FourClientsThreeWorkers(), testing::ReplyLocksClientFirst()}) {
      const ToolbarPlan plan = PlanOf(trace, c.size, c.scale);
      for (size_t i = 0; i < kToolGroups; ++i) EXPECT_TRUE(plan.at[i]) << "group " << i << " at " << c.size.x;
      EXPECT_GT(plan.title.w, 0) << c.size.x;
    }
  }
}

}  // namespace
}  // namespace lockscope::viewer
