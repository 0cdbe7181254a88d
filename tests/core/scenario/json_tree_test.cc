#include "core/scenario/json_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockscope::scenario {
namespace {

using Kind = JsonNode::Kind;

std::string ErrorOf(std::string_view json) {
  const Result<JsonNode> node = ParseJson(json, "f");
  return node ? "fine" : node.error().message;
}

TEST(JsonTreeTest, EveryValueKnowsItsLine) {
  const Result<JsonNode> root = ParseJson(
      "\n"
      "{ \"a\": 12\n"
      ",\n"
      "  \"b\": [ -1.5\n"
      "    , true, null ,\n"
      "    {\n"
      "      \"c\": \"\\u00e9\\n\" }\n"
      "  ], \"d\":\n"
      "  false }",
      "f");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->kind, Kind::kObject);
  EXPECT_EQ(root->line, 2);
  const JsonNode& a = root->FindField("a")->value;
  EXPECT_EQ(a.kind, Kind::kCount);
  EXPECT_EQ(a.count, 12u);
  EXPECT_EQ(a.line, 2) << "a number is read one byte past its end, which may be the next line";
  const JsonNode& b = root->FindField("b")->value;
  ASSERT_EQ(b.items.size(), 4u);
  EXPECT_EQ(b.line, 4);
  EXPECT_EQ(b.items[0].kind, Kind::kNumber);
  EXPECT_EQ(b.items[0].text, "-1.5");
  EXPECT_EQ(b.items[0].line, 4);
  EXPECT_EQ(b.items[1].kind, Kind::kBoolean);
  EXPECT_TRUE(b.items[1].truth);
  EXPECT_EQ(b.items[2].kind, Kind::kNull);
  EXPECT_EQ(b.items[2].line, 5);
  EXPECT_EQ(b.items[3].line, 6);
  const JsonNode::Field* c = b.items[3].FindField("c");
  EXPECT_EQ(c->line, 7);
  EXPECT_EQ(c->value.text, "\u00e9\n");
  EXPECT_EQ(root->FindField("d")->line, 8) << "the key's line";
  EXPECT_EQ(root->FindField("d")->value.line, 9) << "the value's line";
  EXPECT_EQ(root->FindField("e"), nullptr);
}

TEST(JsonTreeTest, AMistakeIsNamedWithLineColumnAndWhatWasExpected) {
  EXPECT_EQ(ErrorOf("{\n  \"a\": 1,\n  oops\n}"), "f:3:3: found 'o'; a field's name in double quotes was expected");
  EXPECT_EQ(ErrorOf("{\"a\": 1,}"), "f:1:9: found '}'; a field's name in double quotes was expected");
  EXPECT_EQ(ErrorOf("{\"a\" 1}"), "f:1:6: found '1'; ':' was expected after the field's name");
  EXPECT_EQ(ErrorOf("{\"a\": 1\n \"b\": 2}"), "f:2:2: found '\"'; ',' or '}' was expected");
  EXPECT_EQ(ErrorOf("[1 2]"), "f:1:4: found '2'; ',' or ']' was expected");
  EXPECT_EQ(
      ErrorOf("[1,]"),
      "f:1:4: found ']'; a value was expected: a text in double quotes, a number, true, false, a list or an object");
  EXPECT_EQ(ErrorOf("[1 true]"), "f:1:4: found 't'; ',' or ']' was expected");
  EXPECT_EQ(ErrorOf("[1\n12345"), "f:2:1: found '1'; ',' or ']' was expected");
  EXPECT_EQ(ErrorOf("[1 12345]"), "f:1:4: found '1'; ',' or ']' was expected");
  EXPECT_EQ(ErrorOf("[\"\\u00e9\" \"\u00e9\"]"), "f:1:11: found '\"'; ',' or ']' was expected");
  EXPECT_EQ(
      ErrorOf("{\"a\": yes}"),
      "f:1:7: found 'y'; a value was expected: a text in double quotes, a number, true, false, a list or an object");
  EXPECT_EQ(
      ErrorOf("{\"a\": "),
      "f:1:7: the file ends here; a value was expected: a text in double quotes, a number, true, false, a list or an "
      "object");
  EXPECT_EQ(ErrorOf("{\"a\": 1"), "f:1:8: the file ends here; ',' or '}' was expected");
  EXPECT_EQ(ErrorOf("{\"a"), "f:1:4: the file ends here; a closing '\"' was expected");
  EXPECT_EQ(ErrorOf("{} x"), "f:1:4: found 'x'; nothing more was expected after the document's end");
  EXPECT_EQ(ErrorOf("[\"a\nb\"]"),
            "f:1:4: found the end of the line; the text goes on past it, and a closing '\"' was expected");
  EXPECT_EQ(ErrorOf("[\"a\tb\"]"), "f:1:4: found the byte 0x09 in a text; \\u0009 was expected for it");
  EXPECT_EQ(ErrorOf("[\"\x1b\"]"), "f:1:3: found the byte 0x1b in a text; \\u001b was expected for it");
  EXPECT_EQ(ErrorOf("[\"\\q\"]"),
            "f:1:4: found 'q'; no such character after a backslash; one of \" \\ / b f n r t u was expected");
  EXPECT_EQ(ErrorOf("[\"\\u12g\"]"), "f:1:7: found 'g'; four hexadecimal digits were expected after \\u");
  EXPECT_EQ(ErrorOf(std::string_view("{}\n\0more", 8)), "f:2:1: found the byte 0x00; text was expected");
  EXPECT_EQ(ErrorOf(std::string_view("[1,\0 2]", 7)), "f:1:4: found the byte 0x00; text was expected");
  EXPECT_EQ(ErrorOf("[1.]"), "f:1:4: found ']'; a number has digits, as in 12 or 0.5");
}

TEST(JsonTreeTest, ANumberThatIsTooLargeIsNamedWhereItBegins) {
  EXPECT_EQ(ErrorOf("[1e999]"), "f:1:2: found the number 1e999; one below 1e308 was expected");
  EXPECT_EQ(ErrorOf("[1,\n 1e999"), "f:2:2: found the number 1e999; one below 1e308 was expected");
}

// The parser complains of the byte behind one that promised another.
TEST(JsonTreeTest, AByteThatIsNoUtf8IsNamedWhereItStands) {
  const auto at = [](int column, const char* byte) {
    return fmt::format("f:1:{}: found the byte 0x{}, which is no UTF-8 here; a text in UTF-8 was expected", column,
                       byte);
  };
  EXPECT_EQ(ErrorOf("[\"\xff\"]"), at(3, "ff"));
  EXPECT_EQ(ErrorOf("[\"caf\xe9 x\"]"), at(6, "e9")) << "Latin-1";
  EXPECT_EQ(ErrorOf("[\"\u00e9\xe2\x82x\"]"), at(4, "e2"));
  EXPECT_EQ(ErrorOf("[\"\xf0\x9f\x98\"]"), at(3, "f0"));
  EXPECT_EQ(ErrorOf("[\"\u00e9\x82x\"]"), at(4, "82")) << "the character before is whole";
  EXPECT_EQ(ErrorOf("[\"\xc0\x80\"]"), at(3, "c0"));
}

TEST(JsonTreeTest, AColumnCountsCharactersNotBytes) {
  EXPECT_EQ(ErrorOf("[\"\u00e9\u00e9\" x]"), "f:1:7: found 'x'; ',' or ']' was expected");
}

TEST(JsonTreeTest, AKeyThatStandsTwiceIsRefusedWithBothLines) {
  EXPECT_EQ(ErrorOf("{\n\"a\": 1,\n\"b\": {\"a\": 2},\n\"a\": 3}"),
            "f:4:1: the field \"a\" stands here a second time; it was given in line 2");
  EXPECT_EQ(ErrorOf(R"({"a\"b\\": 1, "a\"b\\" : 2})"),
            R"(f:1:15: the field "a"b\" stands here a second time; it was given in line 1)");
}

TEST(JsonTreeTest, DeepNestingIsRefusedBeforeItCanDoHarm) {
  const std::string deep(kDeepest, '[');
  EXPECT_EQ(ErrorOf(deep + std::string(kDeepest, ']')), "fine");
  EXPECT_EQ(ErrorOf(deep + "["), "f:1:33: nested over 32 deep");
  EXPECT_EQ(ErrorOf(std::string(1'000'000, '[')), "f:1:33: nested over 32 deep");
}

TEST(JsonTreeTest, ATextIsQuotedOnOneLineOfBoundedLength) {
  EXPECT_EQ(Quoted("a\nb\tc"), "\"a\\nb\\u0009c\"");
  EXPECT_LE(Quoted(std::string(1'000, 'x')).size(), 70u);
}

}  // namespace
}  // namespace lockscope::scenario
