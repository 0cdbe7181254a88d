#include "viewer/model/text_measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/model/fake_measure.h"

namespace lockscope::viewer {
namespace {

std::string Fit(std::string_view text, float letters) {
  return FitText(FakeMeasure(), TextStyle::kBody, text, letters * FakeMeasure::kLetter);
}

TEST(FitText, KeepsATextThatFits) { EXPECT_EQ(Fit("worker-1", 8), "worker-1"); }

TEST(FitText, CutsWithAnEllipsisThatFitsToo) {
  EXPECT_EQ(Fit("worker-1", 7), "worker…");
  EXPECT_EQ(Fit("worker-1", 4), "wor…");
}

TEST(FitText, SaysNothingRatherThanTwoLetters) {
  EXPECT_EQ(Fit("worker-1", 3), "");
  EXPECT_EQ(Fit("worker-1", 0), "");
}

TEST(FitText, LeavesNoSpaceBeforeTheEllipsis) { EXPECT_EQ(Fit("driver call hostname", 8), "driver…"); }

TEST(FitText, NeverCutsALetterInTwo) {
  EXPECT_EQ(Fit("żółwik-żółwik", 5), "żółw…");
  for (int letters = 0; letters < 14; ++letters) {
    const std::string cut = Fit("żółwik-żółwik", static_cast<float>(letters));
    EXPECT_LE(FakeMeasure().Width(cut, TextStyle::kBody), static_cast<float>(letters) * FakeMeasure::kLetter);
  }
}

TEST(WrapText, BreaksAtSpacesAndNowhereElse) {
  const auto wrap = [](std::string_view text, float letters) {
    return WrapText(FakeMeasure(), TextStyle::kBody, text, letters * FakeMeasure::kLetter);
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(wrap("the loop has the lock", 8), ElementsAre("the loop", "has the", "lock"));
  EXPECT_THAT(wrap("the loop has the lock", 100), ElementsAre("the loop has the lock"));
  EXPECT_THAT(wrap("a domain_list b", 4), ElementsAre("a", "domain_list", "b"));
  EXPECT_THAT(wrap("", 4), ElementsAre(""));
  EXPECT_THAT(wrap("two  spaces ", 20), ElementsAre("two spaces"));
}

}  // namespace
}  // namespace lockscope::viewer
