#include "viewer/view/theme.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace lockscope::viewer {
namespace {

// Relative luminance and contrast as WCAG 2.1 defines them.
double Luminance(ImU32 color) {
  const auto linear = [&](int shift) {
    const double c = static_cast<double>(color >> shift & 0xff) / 255;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(IM_COL32_R_SHIFT) + 0.7152 * linear(IM_COL32_G_SHIFT) + 0.0722 * linear(IM_COL32_B_SHIFT);
}

double Contrast(ImU32 a, ImU32 b) {
  const double light = std::max(Luminance(a), Luminance(b));
  const double dark = std::min(Luminance(a), Luminance(b));
  return (light + 0.05) / (dark + 0.05);
}

constexpr Mark kMarks[] = {Mark::kRunning, Mark::kDriverCall, Mark::kQuiet,     Mark::kBlocked,
                           Mark::kHold,    Mark::kHolder,     Mark::kQueuedJob, Mark::kMerged};

class ThemeTest : public ::testing::TestWithParam<const Theme*> {};

TEST_P(ThemeTest, WordsInBarsCanBeRead) {
  const Theme& theme = *GetParam();
  for (const Mark mark : kMarks) {
    for (int hue = 0; hue < 7; ++hue) {
      const Paint paint = theme.Of(mark, hue, Emphasis::kNormal);
      const ImU32 ground = paint.plate != 0 ? paint.plate : paint.fill;
      // Quiet lanes are quiet on purpose; their words still have the contrast asked of large text.
      const double least = mark == Mark::kQuiet ? 3.0 : 3.3;
      EXPECT_GE(Contrast(paint.text, ground), least) << "mark " << static_cast<int>(mark) << " hue " << hue;
    }
  }
}

TEST_P(ThemeTest, WordsOutsideBarsCanBeRead) {
  const Theme& theme = *GetParam();
  for (const ImU32 ground : {theme.window, theme.panel, theme.hover, theme.pressed}) {
    EXPECT_GE(Contrast(theme.text, ground), 7);
    EXPECT_GE(Contrast(theme.quiet, ground), 4.5);
  }
  EXPECT_GE(Contrast(theme.handoff_text, theme.handoff), 3.3);
  EXPECT_GE(Contrast(theme.handoff, theme.window), 3);
}

TEST_P(ThemeTest, StatesDifferInPatternNotOnlyInColour) {
  const Theme& theme = *GetParam();
  std::set<Pattern> patterns;
  for (const Mark mark : {Mark::kRunning, Mark::kBlocked, Mark::kDriverCall, Mark::kQuiet}) {
    EXPECT_TRUE(patterns.insert(theme.Of(mark, 0, Emphasis::kNormal).pattern).second) << static_cast<int>(mark);
  }
  EXPECT_NE(theme.Of(Mark::kBlocked, 0, Emphasis::kNormal).pattern,
            theme.Of(Mark::kHold, 0, Emphasis::kNormal).pattern);
  EXPECT_NE(theme.Of(Mark::kBlocked, 0, Emphasis::kNormal).pattern,
            theme.Of(Mark::kQueuedJob, 0, Emphasis::kNormal).pattern);
}

TEST_P(ThemeTest, DimmedIsNearerToTheWindow) {
  const Theme& theme = *GetParam();
  for (int hue = 0; hue < 7; ++hue) {
    const ImU32 normal = theme.Of(Mark::kHold, hue, Emphasis::kNormal).fill;
    const ImU32 dimmed = theme.Of(Mark::kHold, hue, Emphasis::kDimmed).fill;
    EXPECT_LT(Contrast(dimmed, theme.window), Contrast(normal, theme.window));
  }
}

INSTANTIATE_TEST_SUITE_P(Both, ThemeTest, ::testing::Values(&Theme::Light(), &Theme::Dark()),
                         [](const auto& theme) { return theme.param->dark ? "Dark" : "Light"; });

TEST(Mix, GoesFromOneColourToTheOther) {
  EXPECT_EQ(Mix(IM_COL32(0, 0, 0, 255), IM_COL32(200, 100, 50, 255), 0.5f), IM_COL32(100, 50, 25, 255));
  EXPECT_EQ(WithAlpha(IM_COL32(1, 2, 3, 255), 0), IM_COL32(1, 2, 3, 0));
}

}  // namespace
}  // namespace lockscope::viewer
