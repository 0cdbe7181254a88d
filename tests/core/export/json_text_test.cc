#include "core/export/json_text.h"

#include <gtest/gtest.h>

#include "tests/support/random_trace.h"

namespace lockscope::export_ {
namespace {

TEST(JsonTextTest, Utf8IsWhatTheRfcSays) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("alice \xc3\xa4 \xe2\x82\xac \xf0\x9f\x94\x92"));
  EXPECT_TRUE(IsUtf8(std::string_view("a\0b", 3)));
  EXPECT_FALSE(IsUtf8("\x80"));              // A continuation alone.
  EXPECT_FALSE(IsUtf8("\xc3"));              // Cut off.
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));          // Overlong.
  EXPECT_FALSE(IsUtf8("\xe0\x9f\xbf"));      // Overlong.
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));      // A surrogate.
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));  // Above U+10FFFF.
  EXPECT_FALSE(IsUtf8("\xe2\x82("));
}

TEST(JsonTextTest, TextIsAStringAndOtherBytesAreHex) {
  EXPECT_EQ(ExactText("al\"ice\n"), R"("al\"ice\n")");
  EXPECT_EQ(ExactText("f\xff"), R"({"hex":"66ff"})");
  EXPECT_EQ(ReadableText("f\xff"), "\"f\xef\xbf\xbd\"");
}

TEST(JsonTextTest, AnyBytesComeBackAsTheyWere) {
  testing::Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = random.Text(20);
    const nlohmann::json parsed = nlohmann::json::parse(ExactText(bytes), nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << ExactText(bytes);
    EXPECT_EQ(FromExactText(parsed), bytes);
    EXPECT_FALSE(nlohmann::json::parse(ReadableText(bytes), nullptr, false).is_discarded());
  }
}

TEST(JsonTextTest, WhatIsNoTextIsNone) {
  for (const char* text : {"7", "null", "[]", "{}", R"({"hex":7})", R"({"hex":"6"})", R"({"hex":"6G"})",
                           R"({"hex":"FF"})", R"({"hex":"66","more":1})"}) {
    EXPECT_EQ(FromExactText(nlohmann::json::parse(text)), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace lockscope::export_
