#include "core/rpc/xdr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/rpc/wire_values.h"
#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

const std::string kUuidText = "0123456789abcdef";

TEST(XdrTest, DecodesTheArgumentsOfOpen) {
  const auto args = DecodeXdr<ls_open_args>(NaiveXdr().Word(1).Text("test:///default").Word(1).bytes());
  ASSERT_TRUE(args.has_value());
  ASSERT_NE((*args)->uri, nullptr);
  EXPECT_STREQ(*(*args)->uri, "test:///default");
  EXPECT_EQ((*args)->flags, 1u);
}

TEST(XdrTest, AnOptionalTextMayBeAbsent) {
  const auto args = DecodeXdr<ls_open_args>(NaiveXdr().Word(0).Word(0).bytes());
  ASSERT_TRUE(args.has_value());
  EXPECT_EQ((*args)->uri, nullptr);
}

TEST(XdrTest, DecodesADomainWithItsFlags) {
  const Bytes bytes = NaiveXdr().Text("test").Raw(kUuidText).Word(0xffff'ffff).Word(5).bytes();
  const auto args = DecodeXdr<ls_domain_flags_args>(bytes);
  ASSERT_TRUE(args.has_value());
  EXPECT_STREQ((*args)->domain.name, "test");
  EXPECT_EQ((*args)->domain.id, -1);
  EXPECT_EQ((*args)->flags, 5u);
}

TEST(XdrTest, EncodesADomainListAsItStandsOnTheWire) {
  Uuid uuid;
  std::copy(kUuidText.begin(), kUuidText.end(), uuid.begin());
  XdrValue<ls_domain_list> list;
  list->domains.domains_val = static_cast<ls_domain*>(std::calloc(2, sizeof(ls_domain)));
  list->domains.domains_len = 2;
  list->domains.domains_val[0] = ToXdr(DomainRef{"a", uuid, 1});
  list->domains.domains_val[1] = ToXdr(DomainRef{"four", uuid, -1});
  list->count = 2;
  Bytes bytes;
  ASSERT_TRUE(AppendXdr(list, bytes).has_value());
  NaiveXdr expected;
  expected.Word(2).Text("a").Raw(kUuidText).Word(1).Text("four").Raw(kUuidText).Word(0xffff'ffff).Word(2);
  EXPECT_EQ(bytes, expected.bytes());
}

TEST(XdrTest, EncodesABigNumberHighWordFirst) {
  XdrValue<ls_big_value> value;
  value->value = 0x8123'4567'89ab'cdefu;
  Bytes bytes;
  ASSERT_TRUE(AppendXdr(value, bytes).has_value());
  EXPECT_EQ(bytes, NaiveXdr().Big(0x8123'4567'89ab'cdefu).bytes());
  EXPECT_EQ((*DecodeXdr<ls_big_value>(bytes))->value, 0x8123'4567'89ab'cdefu);
}

TEST(XdrTest, EncodesAnErrorAsItStandsOnTheWire) {
  XdrValue<ls_error> error = ToXdr(WireError{ErrorCode::kNoDomain, ErrorOrigin::kDriver, "gone"});
  Bytes bytes;
  ASSERT_TRUE(AppendXdr(error, bytes).has_value());
  NaiveXdr expected;
  expected.Word(42).Word(12).Word(1).Text("gone").Word(2);           // code, origin, message, level
  expected.Word(0).Word(0).Word(0).Word(0).Word(0).Word(0).Word(0);  // domain, three texts, two numbers, network
  EXPECT_EQ(bytes, expected.bytes());
}

TEST(XdrTest, BytesAfterTheArgumentsAreIgnored) {
  const auto args = DecodeXdr<ls_int_value>(NaiveXdr().Word(14).Word(99).Raw("x").bytes());
  ASSERT_TRUE(args.has_value());
  EXPECT_EQ((*args)->value, 14);
}

TEST(XdrTest, NothingIsDecodedFromNothing) {
  EXPECT_TRUE(DecodeXdr<Nothing>({}).has_value());
  EXPECT_FALSE(DecodeXdr<ls_int_value>({}).has_value());
}

TEST(XdrTest, EveryPrefixOfAValidValueIsAnErrorAndLeaksNothing) {
  const Bytes whole =
      NaiveXdr().Word(2).Text("first").Raw(kUuidText).Word(1).Text("second").Raw(kUuidText).Word(2).Word(2).bytes();
  ASSERT_TRUE(DecodeXdr<ls_domain_list>(whole).has_value());
  for (size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(DecodeXdr<ls_domain_list>(std::span(whole).first(n)).has_value()) << n;
}

TEST(XdrTest, ACountOverItsBoundIsAnError) {
  EXPECT_FALSE(DecodeXdr<ls_text_value>(NaiveXdr().Word(LS_TEXT_MAX + 1).bytes()).has_value());
  EXPECT_FALSE(DecodeXdr<ls_text_value>(NaiveXdr().Word(0xffff'ffff).bytes()).has_value());
  EXPECT_FALSE(DecodeXdr<ls_domain_list>(NaiveXdr().Word(LS_DOMAINS_MAX + 1).bytes()).has_value());
  EXPECT_FALSE(DecodeXdr<ls_domain_list>(NaiveXdr().Word(0xffff'ffff).bytes()).has_value());
  EXPECT_FALSE(DecodeXdr<ls_auth_types>(NaiveXdr().Word(LS_AUTH_TYPES_MAX + 1).bytes()).has_value());
}

TEST(XdrTest, ATextOfLargestLengthGoesThroughAndOneByteMoreDoesNot) {
  XdrValue<ls_text_value> value;
  value->value = CopyText(std::string(LS_TEXT_MAX, 'x'));
  Bytes bytes;
  ASSERT_TRUE(AppendXdr(value, bytes).has_value());
  EXPECT_EQ(bytes.size(), size_t{LS_TEXT_MAX} + 4);
  EXPECT_TRUE(DecodeXdr<ls_text_value>(bytes).has_value());

  XdrValue<ls_text_value> too_long;
  std::string text(LS_TEXT_MAX + 1, 'x');
  too_long->value = text.data();
  bytes.resize(12);
  EXPECT_FALSE(AppendXdr(too_long, bytes).has_value());
  EXPECT_EQ(bytes.size(), 12u);
  too_long->value = nullptr;  // It was not XDR's to free.
}

TEST(XdrTest, AppendingKeepsWhatIsThere) {
  XdrValue<ls_int_value> value;
  value->value = 3;
  Bytes bytes = NaiveXdr().Word(1).Word(2).bytes();
  ASSERT_TRUE(AppendXdr(value, bytes).has_value());
  EXPECT_EQ(bytes, NaiveXdr().Word(1).Word(2).Word(3).bytes());
}

TEST(XdrTest, AMovedValueIsFreedOnce) {
  XdrValue<ls_text_value> first;
  first->value = CopyText("one");
  XdrValue<ls_text_value> second(std::move(first));
  XdrValue<ls_text_value> third;
  third->value = CopyText("two");
  third = std::move(second);
  EXPECT_STREQ(third->value, "one");
}

TEST(XdrTest, DamagedBytesAreDecodedOrRefusedAndNothingElse) {
  const Bytes whole =
      NaiveXdr().Word(2).Text("first").Raw(kUuidText).Word(1).Text("second").Raw(kUuidText).Word(2).Word(2).bytes();
  constexpr uint32_t kSeed = 20260101;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = whole;
    for (uint32_t hits = 1 + random() % 3; hits > 0; --hits)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random() & 0xff);
    const auto list = DecodeXdr<ls_domain_list>(damaged);
    if (list) {
      EXPECT_LE((*list)->domains.domains_len, 2u);
    }
    (void)DecodeXdr<ls_error>(damaged);
    (void)DecodeXdr<ls_open_args>(damaged);
  }
}

}  // namespace
}  // namespace lockscope::rpc
