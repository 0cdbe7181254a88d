// The schema that editors use and the reader say the same, and so does SCHEMA.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/analysis/outcome.h"
#include "core/analysis/rules.h"
#include "core/daemon/bugs/catalog.h"
#include "core/scenario/known_calls.h"
#include "core/scenario/scenario_reader.h"
#include "core/scenario/schedule_phrase.h"
#include "tests/core/scenario/shipped_scenarios.h"
#include "tests/support/json_schema.h"

namespace lockscope::scenario {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::JsonSchema;
using testing::ReadWhole;
using ::testing::UnorderedElementsAreArray;
using Names = std::vector<std::string>;

JsonNode Json(const std::string& text) {
  Result<JsonNode> node = ParseJson(text, "json");
  EXPECT_TRUE(node) << node.error().message;
  return node ? *node : JsonNode();
}

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest() : schema_(Json(ReadWhole(LOCKSCOPE_SCENARIOS "/scenario-1.schema.json"))) {}

  Names Texts(std::string_view pointer) const {
    Names texts;
    for (const JsonNode& item : schema_.Part(pointer).items) texts.push_back(item.text);
    return texts;
  }
  // The fields of the objects that the schema describes at these places.
  Names FieldsAt(const Names& pointers) const {
    Names fields;
    for (const std::string& pointer : pointers) {
      for (const JsonNode::Field& field : schema_.Part(pointer + "/properties").fields) fields.push_back(field.key);
    }
    return fields;
  }
  bool Accepts(const std::string& json) { return schema_.Complaint(Json(json)).empty(); }
  bool IsUntil(const std::string& phrase) {
    JsonNode text;
    text.kind = JsonNode::Kind::kText;
    text.text = phrase;
    return schema_.Complaint(schema_.Part("/definitions/until"), text).empty();
  }

  JsonSchema schema_;
};

// A scenario with one part more, or other clients.
std::string With(const std::string& part) {
  return R"({"title": "t", "clients": {"alice": {"calls": ["uri"]}}, )" + part + "}";
}
std::string WithClient(const std::string& client) { return R"({"title": "t", "clients": {"alice": )" + client + "}}"; }

bool Reads(const std::string& json) { return ParseScenario(json, "s.json").has_value(); }

// The fields that the reader says it knows, when it is given one that is like none of them.
Names FieldsOfReader(const std::string& json) {
  const Result<Scenario> scenario = ParseScenario(json, "s.json");
  const std::string message = scenario ? "fine" : scenario.error().message;
  const std::string mark = "unknown field 'qqqqqqqqqqqq'; known are ";
  const size_t at = message.find(mark);
  EXPECT_NE(at, std::string::npos) << message;
  if (at == std::string::npos) return {};
  Names names;
  for (std::string rest = message.substr(at + mark.size()); !rest.empty();) {
    const size_t end = rest.find(", ");
    names.push_back(rest.substr(0, end));
    rest = end == std::string::npos ? "" : rest.substr(end + 2);
  }
  return names;
}

TEST_F(SchemaTest, EveryFieldOfTheReaderIsInTheSchemaAndTheOtherWayRound) {
  const std::string odd = R"({"qqqqqqqqqqqq": 1})";
  const struct {
    std::string json;
    Names pointers;
  } kPlaces[] = {
      {odd, {""}},
      {With(R"("daemon": )" + odd), {"/properties/daemon"}},
      {With(R"("driver": {"uri": )" + odd + "}"), {"/definitions/driverStep/oneOf/1"}},
      {WithClient(odd), {"/definitions/client"}},
      {WithClient(R"({"tls": )" + odd + "}"), {"/definitions/client/properties/tls/oneOf/1"}},
      {With(R"("schedule": )" + odd), {"/properties/schedule/oneOf/1", "/properties/schedule/oneOf/2"}},
      {With(R"("schedule": [)" + odd + "]"), {"/definitions/step"}},
      {With(R"("expect": )" + odd), {"/properties/expect"}},
  };
  size_t objects = 0;
  for (const auto& place : kPlaces) {
    EXPECT_THAT(FieldsAt(place.pointers), UnorderedElementsAreArray(FieldsOfReader(place.json)));
    EXPECT_FALSE(Accepts(place.json));
    objects += place.pointers.size();
  }
  // There is no object in the schema that this list leaves out.
  size_t in_schema = 0;
  ForEachNode(schema_.root(), [&](const JsonNode& node) {
    in_schema += node.FindField("additionalProperties") != nullptr && node.FindField("properties") != nullptr ? 1 : 0;
  });
  EXPECT_EQ(in_schema, objects);
}

TEST_F(SchemaTest, EveryFieldHasADescription) {
  ForEachNode(schema_.root(), [&](const JsonNode& node) {
    const JsonNode::Field* properties = node.FindField("properties");
    if (properties == nullptr || properties->value.kind != JsonNode::Kind::kObject) return;
    for (const JsonNode::Field& field : properties->value.fields) {
      EXPECT_NE(field.value.FindField("description"), nullptr) << field.key << ", line " << field.line;
      EXPECT_EQ(field.value.FindField("$ref"), nullptr) << field.key << ": editors pass over what stands beside a $ref";
    }
  });
}

TEST_F(SchemaTest, CallsOutcomesRulesAndBugsAreThoseOfTheProgram) {
  Names calls, outcomes, rules, bugs = {"none"};
  for (const KnownCall& call : KnownCalls()) calls.emplace_back(call.name);
  for (const std::string_view outcome : analysis::OutcomeNames()) outcomes.emplace_back(outcome);
  for (const analysis::RuleInfo& rule : analysis::AllRules()) rules.push_back(fmt::format("R{}", rule.number));
  for (const daemon::Bug& bug : daemon::AllBugs()) bugs.emplace_back(bug.name);
  EXPECT_EQ(Texts("/definitions/client/properties/calls/items/anyOf/0/enum"), calls);
  EXPECT_EQ(Texts("/definitions/driverStep/oneOf/1/properties/waits_for/enum"), DriverCallNames());
  EXPECT_EQ(Texts("/properties/driver/propertyNames/enum"), DriverCallNames());
  EXPECT_EQ(Texts("/properties/expect/properties/outcome/enum"), outcomes);
  EXPECT_EQ(Texts("/properties/expect/properties/breaks/items/enum"), rules);
  EXPECT_EQ(Texts("/properties/bug/enum"), bugs);
  for (const std::string& call : calls)
    EXPECT_TRUE(Accepts(WithClient(fmt::format(R"({{"calls": ["{} x20"]}})", call))));
}

TEST_F(SchemaTest, TheSchemasPatternForUntilIsTheReadersLanguage) {
  Names objects = {"", " server", " loop", " driver", " client", " client alice", " alice", " nonsense here", " "};
  for (const std::string& call : WireCalls()) objects.push_back(" " + call);
  Names verbs = UntilVerbs();
  verbs.insert(verbs.end(), {"", "hold", "Holds", "returns", "shakes", "shakes hands", "wakes for"});
  size_t right = 0;
  for (const std::string& verb : verbs) {
    for (const std::string& object : objects) {
      const bool reads = ParseUntil(verb + object).has_value();
      EXPECT_EQ(IsUntil(verb + object), reads) << verb << object;
      right += reads ? 1 : 0;
    }
  }
  EXPECT_GT(right, 3 * UntilVerbs().size());
}

TEST_F(SchemaTest, TheBoundsOfNumbersAreTheReaders) {
  const struct {
    std::string before, after;
    uint64_t least, most;
  } kNumbers[] = {
      {With(R"("daemon": {"workers": )"), "}}", 1, 64},
      {With(R"("daemon": {"workers": 1, "max_workers": )"), "}}", 1, 64},
      {With(R"("daemon": {"max_client_requests": )"), "}}", 1, 1'000},
      {WithClient(R"({"calls": ["uri"], "tls": {"round_trips": )"), "}}}}", 1, 10},
      {WithClient(R"({"calls": ["event_subscribe"], "events": )"), "}}}", 1, 1'000'000},
      {R"({"title": "t", "clients": {"a%": {"calls": ["uri"], "count": )", "}}}", 1, 1'000},
      {With(R"("schedule": {"seed": )"), "}}", 0, UINT64_MAX},
      {With(R"("schedule": {"replay": [)"), "]}}", 0, UINT32_MAX},
      {With(R"("schedule": [{"run": "loop", "until": "polls", "times": )"), "}]}", 1, 1'000'000},
      {With(R"("expect": {"served": )"), "}}", 0, 1},
  };
  for (const auto& number : kNumbers) {
    std::string before = number.before;  // The helpers close what is to stay open here.
    while (before.ends_with('}')) before.pop_back();
    const auto document = [&](const std::string& value) { return before + value + number.after; };
    for (const uint64_t good : {number.least, number.most}) {
      EXPECT_TRUE(Reads(document(std::to_string(good)))) << document(std::to_string(good));
      EXPECT_TRUE(Accepts(document(std::to_string(good)))) << document(std::to_string(good));
    }
    Names bad = {"-1", "0.5", "\"1\""};
    if (number.least > 0) bad.push_back(std::to_string(number.least - 1));
    if (number.most > 1 && number.most < UINT64_MAX) bad.push_back(std::to_string(number.most + 1));
    for (const std::string& value : bad) {
      EXPECT_FALSE(Reads(document(value))) << document(value);
      EXPECT_FALSE(Accepts(document(value))) << document(value);
    }
  }
}

TEST_F(SchemaTest, DurationsAndNamesHaveTheReadersForm) {
  for (const char* duration : {"40ms", "1.5 s", "0ns", "0.0 s", ".0ms", ".5us", "5.s", "", "40", "ms", "-1ms", "4 0ms",
                               "1.2.3s", "40m", "40ms ", ".s"}) {
    const std::string json = With(fmt::format(R"("patience": "{}")", duration));
    EXPECT_EQ(Accepts(json), Reads(json)) << duration;
    const std::string client =
        fmt::format(R"({{"title": "t", "clients": {{"alice": {{"calls": ["uri"], "after": "{}"}}}}}})", duration);
    EXPECT_EQ(Accepts(client), Reads(client)) << duration << ", which may be 0 there";
  }
  for (const char* name :
       {"a", "A.b_c-9", "loop", "leader", "worker-1", "worker-01", "worker-", "worker-12x", "", "a b", "a%"}) {
    const std::string json = fmt::format(R"({{"title": "t", "clients": {{"{}": {{"calls": ["uri"]}}}}}})", name);
    EXPECT_EQ(Accepts(json), Reads(json)) << name;
    const std::string crowd =
        fmt::format(R"({{"title": "t", "clients": {{"{}%": {{"count": 2, "calls": ["uri"]}}}}}})", name);
    if (Reads(crowd)) {  // Only the reader sees that "worker-%" counts workers.
      EXPECT_TRUE(Accepts(crowd)) << name;
    }
  }
  for (const char* waits :
       {"server", "loop", "driver", "client alice", "condition job", "end of loop", "poll", "client", "job", ""}) {
    const std::string json = With(fmt::format(R"("expect": {{"blocked": {{"worker-1": "{}"}}}})", waits));
    EXPECT_EQ(Accepts(json), Reads(json)) << waits;
  }
  for (const char* path :
       {"scenario-1.schema.json", "../a/scenario-1.schema.json", "scenario-2.schema.json", "xscenario-1.schema.json"}) {
    const std::string json = With(fmt::format(R"("$schema": "{}")", path));
    EXPECT_EQ(Accepts(json), Reads(json)) << path;
  }
}

TEST_F(SchemaTest, WhatTheReaderReadsTheSchemaAcceptsAndWhatIsNeverRightItDoesNot) {
  const std::map<std::string, std::string> shipped = ShippedScenarios();
  EXPECT_GE(shipped.size(), 1u);
  size_t turn = 0;
  for (const auto& [name, text] : shipped) {
    const JsonNode tree = Json(text);
    EXPECT_THAT(schema_.Complaint(tree), IsEmpty()) << name;
    ForEachNode(tree, [&, &file = name](const JsonNode& node) {
      ++turn;
      for (const std::string& wrong : ByTurns(kNeverRight, turn, 2)) {
        EXPECT_FALSE(Accepts(Written(tree, &node, wrong))) << file << ", line " << node.line << ": " << wrong;
      }
      for (const std::string& other : ByTurns(kSometimesRight, turn, 2)) {
        const std::string json = Written(tree, &node, other);
        if (Reads(json)) {
          EXPECT_TRUE(Accepts(json)) << file << ", line " << node.line << ": " << other;
        }
      }
    });
  }
}

TEST_F(SchemaTest, TheManualsExampleRunsAndItsTablesAreComplete) {
  const std::string manual = ReadWhole(LOCKSCOPE_SCENARIOS "/SCHEMA.md");
  const size_t begin = manual.find("```json\n") + 8;
  const std::string example = manual.substr(begin, manual.find("\n```", begin) - begin);
  EXPECT_TRUE(Reads(example)) << ParseScenario(example, "SCHEMA.md").error().message;
  EXPECT_TRUE(Accepts(example));

  for (const UntilVerb& row : AllUntilVerbs()) {
    static const std::map<UntilObject, std::string> kObjects = {{UntilObject::kNothing, ""},
                                                                {UntilObject::kLock, " LOCK"},
                                                                {UntilObject::kCall, " CALL"},
                                                                {UntilObject::kClient, " CLIENT"},
                                                                {UntilObject::kThread, " THREAD"}};
    EXPECT_THAT(manual, HasSubstr(fmt::format("\n| `{}{}` | {} |", row.verb, kObjects.at(row.object), row.meaning)));
  }
  for (const std::string_view outcome : analysis::OutcomeNames())
    EXPECT_THAT(manual, HasSubstr(fmt::format("\n| `{}` |", outcome)));
  for (const KnownCall& call : KnownCalls()) EXPECT_THAT(manual, HasSubstr(fmt::format("`{}`", call.name)));
  std::set<std::string> fields;
  ForEachNode(schema_.root(), [&](const JsonNode& node) {
    const JsonNode::Field* properties = node.FindField("properties");
    if (properties == nullptr) return;
    for (const JsonNode::Field& field : properties->value.fields) fields.insert(field.key);
  });
  for (const std::string& field : fields) {
    bool is_there = false;
    for (const char* form : {"`{}`", ".{}`", "`{}.", "\"{}\""}) {
      is_there |= manual.find(fmt::format(fmt::runtime(form), field)) != std::string::npos;
    }
    EXPECT_TRUE(is_there) << field << " is not in the manual";
  }
}

}  // namespace
}  // namespace lockscope::scenario
