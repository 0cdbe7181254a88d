#include "core/rpc/wire_values.h"

#include <gtest/gtest.h>

#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

TEST(WireValuesTest, ADomainComesBackAsItWent) {
  const DomainRef domain{.name = "web", .uuid = {1, 2, 3, 254, 255}, .id = 12};
  XdrValue<ls_domain_value> value;
  value->domain = ToXdr(domain);
  EXPECT_EQ(FromXdr(value->domain), domain);
}

TEST(WireValuesTest, AnErrorComesBackAsItWent) {
  const WireError error{ErrorCode::kRpc, ErrorOrigin::kRpc, "unknown procedure: 9999"};
  XdrValue<ls_error> value = ToXdr(error);
  EXPECT_EQ(FromXdr(*value), error);
}

TEST(WireValuesTest, AnErrorWithoutTextHasAnEmptyOne) {
  XdrValue<ls_error> value;
  value->code = 3;
  EXPECT_EQ(FromXdr(*value), (WireError{ErrorCode::kNotSupported, ErrorOrigin::kNone, ""}));
}

TEST(WireValuesTest, ATextEndsAtAZeroByte) {
  XdrValue<ls_text_value> value;
  value->value = CopyText(std::string_view("ab\0cd", 5));
  EXPECT_STREQ(value->value, "ab");
}

TEST(WireValuesTest, ATextOverItsBoundIsCutAndLeaksNothing) {
  XdrValue<ls_text_value> value;
  value->value = CopyText(std::string(LS_TEXT_MAX + 1, 'x'));
  EXPECT_EQ(std::string(value->value).size(), size_t{LS_TEXT_MAX});
}

TEST(WireValuesTest, ALongErrorTextIsCutBetweenCharacters) {
  std::string text = "x";
  while (text.size() < 5'000'000) text += "\u00fc";  // Two bytes each: byte 1024 is inside one.
  XdrValue<ls_error> value = ToXdr(WireError{ErrorCode::kRpc, ErrorOrigin::kRpc, text});
  EXPECT_EQ(FromXdr(*value).message, text.substr(0, 1023));
  Bytes bytes;
  EXPECT_TRUE(AppendXdr(value, bytes).has_value());
}

}  // namespace
}  // namespace lockscope::rpc
