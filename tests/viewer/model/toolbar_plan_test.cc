#include "viewer/model/toolbar_plan.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockscope::viewer {
namespace {

constexpr float kButton = 30;
constexpr float kTitle = 250;
constexpr ToolWidths kWidths = {94, 168, 116, 128, 62, 152, 62};

size_t Shown(const ToolbarPlan& plan) {
  size_t shown = 0;
  for (const auto& at : plan.at) shown += at ? 1 : 0;
  return shown;
}

TEST(ToolbarPlan, AWideWindowHasAllInOneRowWithTheTitleBetween) {
  const ToolbarPlan plan = PlanToolbar(kWidths, kTitle, kButton, 1280, 1);
  EXPECT_EQ(Shown(plan), kToolGroups);
  EXPECT_EQ(plan.height, 48);
  for (const auto& at : plan.at) EXPECT_EQ(at->y, 9);
  EXPECT_GT(plan.title.w, 300);
  EXPECT_EQ(plan[ToolGroup::kLook]->x, 1280 - 10 - 62);
}

TEST(ToolbarPlan, ANarrowerOneHasTwoRowsAndStillAll) {
  const ToolbarPlan plan = PlanToolbar(kWidths, kTitle, kButton, 640, 1);
  EXPECT_EQ(Shown(plan), kToolGroups);
  EXPECT_EQ(plan.height, 84);
  EXPECT_EQ(plan[ToolGroup::kSpeed]->y, plan[ToolGroup::kLook]->y);
  EXPECT_GT(plan[ToolGroup::kWaits]->y, plan[ToolGroup::kLook]->y);
  EXPECT_GT(plan.title.w, 100);
}

TEST(ToolbarPlan, OneRowIsEnoughOnlyWhereTheTitleIsWhole) {
  for (float width = 870; width < 1300; width += 7) {
    const ToolbarPlan plan = PlanToolbar(kWidths, kTitle, kButton, width, 1);
    EXPECT_GE(plan.title.w, kTitle) << width;
    EXPECT_EQ(PlanToolbar(kWidths, 0, kButton, width, 1).height, 48) << width;
  }
}

TEST(ToolbarPlan, WhatAKeyDoesTooGivesWayWhereThereIsNoRoomZoomFirst) {
  const ToolbarPlan plan = PlanToolbar(kWidths, kTitle, kButton, 440, 1);
  EXPECT_FALSE(plan[ToolGroup::kZoom]);
  EXPECT_EQ(Shown(plan), kToolGroups - 1);
  const ToolbarPlan least = PlanToolbar(kWidths, kTitle, kButton, 190, 1);
  EXPECT_TRUE(least[ToolGroup::kPlay]);
  EXPECT_TRUE(least[ToolGroup::kLook]);
  EXPECT_FALSE(least[ToolGroup::kSpeed]);
}

TEST(ToolbarPlan, AGroupThatIsNotThereTakesNoRoom) {
  ToolWidths widths = kWidths;
  widths[static_cast<size_t>(ToolGroup::kWaits)] = 0;
  const ToolbarPlan plan = PlanToolbar(widths, kTitle, kButton, 1280, 1);
  EXPECT_FALSE(plan[ToolGroup::kWaits]);
  EXPECT_GT(plan[ToolGroup::kAxis]->x, PlanToolbar(kWidths, kTitle, kButton, 1280, 1)[ToolGroup::kAxis]->x + 152);
}

TEST(ToolbarPlan, NothingOverlapsOrIsCutOffAtAnyWidthAndScale) {
  for (const float scale : {0.5f, 1.0f, 1.5f, 2.5f, 4.0f}) {
    ToolWidths widths = kWidths;
    for (float& width : widths) width *= scale;
    for (float width = 190 * scale; width < 1500 * scale; width += 7) {
      const ToolbarPlan plan = PlanToolbar(widths, kTitle * scale, kButton * scale, width, scale);
      std::vector<Rect> rects;
      if (plan.title.w > 0) rects.push_back(plan.title);
      for (size_t i = 0; i < kToolGroups; ++i) {
        if (plan.at[i]) rects.push_back({plan.at[i]->x, plan.at[i]->y, widths[i], kButton * scale});
      }
      for (size_t i = 0; i < rects.size(); ++i) {
        EXPECT_GE(rects[i].x, 0) << width << " at " << scale;
        EXPECT_LE(rects[i].right(), width) << width << " at " << scale;
        EXPECT_LE(rects[i].bottom(), plan.height) << width << " at " << scale;
        for (size_t j = 0; j < i; ++j) EXPECT_FALSE(rects[i].Overlaps(rects[j])) << width << " at " << scale;
      }
    }
  }
}

}  // namespace
}  // namespace lockscope::viewer
