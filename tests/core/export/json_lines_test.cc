#include "core/export/json_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/trace/trace_builder.h"
#include "core/trace/trace_file.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::export_ {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using trace::EventKind;
using trace::Trace;

std::string Export(const Trace& trace) {
  std::ostringstream out;
  const Result<void> written = ExportJsonLines(trace, out);
  EXPECT_TRUE(written.has_value());
  return out.str();
}

Result<Trace> Import(const std::string& text) {
  std::istringstream in(text);
  return ImportJsonLines(in, "trace.json");
}

std::string ImportError(const std::string& text) {
  const Result<Trace> trace = Import(text);
  if (trace) return "no error";
  EXPECT_THAT(trace.error().message, ::testing::Not(HasSubstr("\n"))) << "one line";
  return trace.error().message;
}

void ExpectThereAndBack(const Trace& trace) {
  const std::string text = Export(trace);
  const Result<Trace> back = Import(text);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(Export(*back), text);
  EXPECT_EQ(trace::EncodeTrace(*back), trace::EncodeTrace(trace));
  EXPECT_EQ(back->info(), trace.info());
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Trace OneEvent() {
  trace::TraceBuilder b;
  b.Meta("title", "small");
  const ObjectId worker = b.Thread("worker-1");
  const ObjectId alice = b.Add(trace::ObjectType::kClient, "alice");
  const ObjectId lock = b.Mutex("alice", "client", alice);
  b.On(worker, "client.cc", 88).At(1500).Acquire(lock);
  return b.Build();
}

TEST(JsonLinesTest, AreAHeaderThenObjectsThenSitesThenEvents) {
  EXPECT_EQ(
      Export(OneEvent()),
      R"({"format":"lockscope-json","version":1,"ticks_per_second":1000000000,"finished":true,"dropped_events":0,"objects":3,"sites":1,"events":2,"meta":[["title","small"]]})"
      "\n"
      R"({"object":1,"type":"thread","name":"worker-1"})"
      "\n"
      R"({"object":2,"type":"client","name":"alice"})"
      "\n"
      R"({"object":3,"type":"mutex","name":"alice","class":"client","parent":2})"
      "\n"
      R"({"site":1,"file":"client.cc","line":88,"function":""})"
      "\n"
      R"({"ticks":0,"thread":1,"kind":"thread_started","object":1,"arg":0,"site":0,"t_ns":0,"thread_name":"worker-1","object_name":"worker-1"})"
      "\n"
      R"({"ticks":1500,"thread":1,"kind":"lock_acquired","object":3,"arg":1,"site":1,"t_ns":1500,"thread_name":"worker-1","object_name":"alice","place":"client.cc:88"})"
      "\n");
}

TEST(JsonLinesTest, EventsStandInTheOrderOfTheRecording) {
  const Trace trace = testing::FourClientsThreeWorkers();
  const std::vector<std::string> lines = Lines(Export(trace));
  const size_t first = 1 + trace.objects().size() + trace.sites().size();
  ASSERT_EQ(lines.size(), first + trace.size());
  for (size_t step = 0; step < trace.size(); ++step) {
    const nlohmann::json event = nlohmann::json::parse(lines[first + step]);
    EXPECT_EQ(event["ticks"], trace.event(step).ticks());
    EXPECT_EQ(event["thread"], trace.thread(step));
    EXPECT_EQ(event["t_ns"], trace.TimeNs(step));
  }
}

TEST(JsonLinesTest, TheSampleGoesThereAndBack) { ExpectThereAndBack(testing::FourClientsThreeWorkers()); }

TEST(JsonLinesTest, AnEmptyRecordingGoesThereAndBack) {
  trace::TraceParts parts;
  ExpectThereAndBack(std::move(*Trace::Build(std::move(parts))));
}

TEST(JsonLinesTest, RandomRecordingsGoThereAndBack) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    ExpectThereAndBack(testing::RandomTrace(seed, 300));
  }
}

TEST(JsonLinesTest, RandomNamesNumbersAndPlacesGoThereAndBack) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    testing::Random random(seed);
    trace::TraceParts parts = testing::RandomTrace(seed, 100).ToParts();
    for (trace::Object& object : parts.objects) {
      object.name = random.Text(12);
      object.lock_class = random.Text(4);
      object.type = static_cast<trace::ObjectType>(1 + random.Below(8));
      object.parent = static_cast<ObjectId>(random.Below(parts.objects.size() + 1));
    }
    for (trace::Site& site : parts.sites) {
      site.function = random.Text(12);
      site.line = static_cast<int>(random.Below(100'000));
    }
    for (size_t i = random.Below(4); i > 0; --i) parts.info.meta.emplace_back(random.Text(8), random.Text(40));
    parts.info.ticks_per_second = 1 + random.Below(5'000'000'000);
    parts.info.dropped_events = random.Next();
    const Result<Trace> trace = Trace::Build(std::move(parts));
    ASSERT_TRUE(trace.has_value()) << trace.error().message;
    ExpectThereAndBack(*trace);
  }
}

TEST(JsonLinesTest, NumbersOf64BitsAreExact) {
  trace::TraceParts parts = OneEvent().ToParts();
  parts.info.dropped_events = UINT64_MAX;
  parts.info.ticks_per_second = 2'999'999'999'999'999'999;
  parts.threads[0].events[1] = trace::Event::Make(trace::Event::kTickMask, EventKind::kLockAcquired, 3, UINT32_MAX, 1);
  const Trace trace = std::move(*Trace::Build(std::move(parts)));
  EXPECT_THAT(Export(trace), HasSubstr("\"dropped_events\":18446744073709551615"));
  EXPECT_THAT(Export(trace), HasSubstr("\"ticks\":4503599627370495"));
  EXPECT_THAT(Export(trace), HasSubstr("\"arg\":4294967295"));
  ExpectThereAndBack(trace);
}

TEST(JsonLinesTest, AnUnfinishedRecordingStaysOne) {
  trace::TraceParts parts = OneEvent().ToParts();
  parts.info.finished = false;
  const Trace trace = std::move(*Trace::Build(std::move(parts)));
  const Result<Trace> back = Import(Export(trace));
  ASSERT_TRUE(back.has_value());
  EXPECT_FALSE(back->info().finished);
  EXPECT_EQ(Export(*back), Export(trace));
}

TEST(JsonLinesTest, ANameThatIsNotUtf8Survives) {
  trace::TraceBuilder b;
  b.Thread("worker-\xff");
  const Trace trace = b.Build();
  EXPECT_THAT(Export(trace), HasSubstr(R"("name":{"hex":"776f726b65722dff"})"));
  EXPECT_THAT(Export(trace), HasSubstr("\"thread_name\":\"worker-\xef\xbf\xbd\""));
  ExpectThereAndBack(trace);
}

TEST(JsonLinesTest, DerivedAndUnknownFieldsAreIgnored) {
  const std::string text = Export(OneEvent());
  std::vector<std::string> lines = Lines(text);
  lines.back() =
      R"({"new":[1,{"a":2}],"site":1,"arg":1,"object":3,"kind":"lock_acquired","thread":1,"ticks":1500,"t_ns":"?","place":7})";
  const Result<Trace> back = Import(Joined(lines));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(Export(*back), text);
}

TEST(JsonLinesTest, LineEndsOfAnotherSystemAndNoneAtTheEndAreRead) {
  const std::string text = Export(OneEvent());
  std::string with_returns;
  for (const char c : text) with_returns += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_TRUE(Import(with_returns).has_value());
  EXPECT_TRUE(Import(text.substr(0, text.size() - 1)).has_value());
}

// What replaces a line of a good export, and the error that it must give.
struct BadLine {
  size_t line;
  const char* text;
  const char* error;
};

TEST(JsonLinesImportTest, SaysWhatItFoundAndWhatItExpected) {
  const std::vector<std::string> good = Lines(Export(OneEvent()));
  for (
      const BadLine& bad : std::initializer_list<BadLine>{
          {1, "hello", "1: found what is not JSON, expected one JSON object"},
          {1, "[]", "1: found an array, expected one JSON object"},
          {1, "{}", R"(1: found no "format", expected "format": "lockscope-json")"},
          {1, R"({"format":"other"})", R"(1: found "format": "other", expected "format": "lockscope-json")"},
          {1, R"({"format":"lockscope-json","version":2})", R"(1: found "version": 2, expected 1)"},
          {1, R"({"format":"lockscope-json","version":1,"ticks_per_second":0})",
           R"(1: found "ticks_per_second": 0, expected a whole number from 1 to 18446744073709551615)"},
          {1, R"({"format":"lockscope-json","version":1,"ticks_per_second":1,"dropped_events":0,"finished":1})",
           R"(1: found "finished": 1, expected "finished": true or false)"},
          {1, R"({"format":"lockscope-json","version":1,"ticks_per_second":1,"dropped_events":0,"finished":true})",
           R"(1: found no "meta", expected "meta": an array of [key, value])"},
          {1,
           R"({"format":"lockscope-json","version":1,"ticks_per_second":1,"dropped_events":0,"finished":true,"meta":[["a"]]})",
           R"(1: found an array in "meta", expected [key, value])"},
          {2, R"({"object":2,"type":"thread","name":"x"})", R"(2: found "object": 2, expected 1)"},
          {2, R"({"object":1,"type":"cat","name":"x"})",
           R"(2: found "type": "cat", expected a type such as "thread" or "mutex")"},
          {2, R"({"object":1,"type":"thread"})", R"(2: found no "name", expected a text)"},
          {2, R"({"object":1,"type":"thread","name":5})", R"(2: found "name": 5, expected a text or {"hex":"..."})"},
          {4, R"({"object":3,"type":"mutex","name":"alice","class":"client","parent":4})",
           R"(4: found "parent": 4, expected a whole number from 0 to 3)"},
          {5, R"({"site":1,"file":"client.cc","line":88.5,"function":""})",
           R"(5: found "line": 88.5, expected "line": a line number)"},
          {5, R"({"site":1,"file":"client.cc","line":3000000000,"function":""})",
           R"(5: found "line": 3000000000, expected "line": a line number)"},
          {6, R"({"kind":"lock_stolen"})",
           R"(6: found "kind": "lock_stolen", expected a kind of event such as "lock_acquired")"},
          {6, R"({"kind":7})", R"(6: found "kind": 7, expected a kind of event such as "lock_acquired")"},
          {6, R"({"kind":"lock_acquired","ticks":-1})",
           R"(6: found "ticks": -1, expected a whole number from 0 to 4503599627370495)"},
          {6, R"({"kind":"lock_acquired","ticks":4503599627370496})",
           R"(6: found "ticks": 4503599627370496, expected a whole number from 0 to 4503599627370495)"},
          {6, R"({"kind":"lock_acquired","ticks":99999999999999999999})",
           R"(6: found "ticks": 1e+20, expected a whole number from 0 to 4503599627370495)"},
          {6, R"({"kind":"lock_acquired","ticks":NaN})", "6: found what is not JSON, expected one JSON object"},
          {6, R"({"kind":"lock_acquired","ticks":0,"thread":0})",
           R"(6: found "thread": 0, expected a whole number from 1 to 3)"},
          {6, R"({"kind":"lock_acquired","ticks":0,"thread":1,"object":"alice"})",
           R"(6: found "object": "alice", expected a whole number from 0 to 3)"},
          {6, R"({"kind":"lock_acquired","ticks":0,"thread":1,"object":1,"arg":4294967296})",
           R"(6: found "arg": 4294967296, expected a whole number from 0 to 4294967295)"},
          {6, R"({"kind":"packet_read","ticks":0,"thread":1,"object":1,"arg":4})",
           R"(6: found "arg": 4, expected a whole number from 0 to 3)"},
          {6, R"({"kind":"lock_acquired","ticks":0,"thread":1,"object":1,"arg":1,"site":2})",
           R"(6: found "site": 2, expected a whole number from 0 to 1)"},
          {7, R"({"object":4,"type":"mutex","name":"late"})",
           "7: found an object, expected them before sites and events"},
          {7, R"({"site":2,"file":"late.cc","line":1,"function":""})",
           "7: found a site, expected them before the events"},
          {7, R"({"what":"is this"})",
           R"(7: found an object without "kind", "site" or "object", expected an event, a site or an object)"},
          {7, "", "7: found what is not JSON, expected one JSON object"},
          {7, "null", "7: found null, expected one JSON object"},
      }) {
    std::vector<std::string> lines = good;
    lines[bad.line - 1] = bad.text;
    EXPECT_EQ(ImportError(Joined(lines)), std::string("trace.json:") + bad.error) << bad.text;
  }
}

TEST(JsonLinesImportTest, SaysThatAFileIsEmptyOrCutOff) {
  EXPECT_EQ(ImportError(""), "trace.json: found an empty file, expected the header of a lockscope-json export");
  const std::string text = Export(OneEvent());
  const std::vector<std::string> lines = Lines(text);
  EXPECT_EQ(ImportError(text.substr(0, text.size() - 20)),
            "trace.json:7: found what is not JSON (is the file cut off?), expected one JSON object");
  EXPECT_EQ(ImportError(Joined({lines.begin(), lines.end() - 1})),
            "trace.json:6: found the end after 1 events, expected 2 as the header says (is the file cut off?)");
  EXPECT_EQ(ImportError(Joined({lines.begin(), lines.begin() + 2})),
            "trace.json:2: found the end after 1 objects, expected 3 as the header says (is the file cut off?)");
}

TEST(JsonLinesImportTest, RefusesEventsThatCannotHaveHappened) {
  std::vector<std::string> lines = Lines(Export(OneEvent()));
  lines[0].replace(lines[0].find("\"events\":2"), 10, "\"events\":3");
  lines.push_back(lines.back());  // The same acquisition twice.
  EXPECT_THAT(ImportError(Joined(lines)), StartsWith("trace.json: found events that cannot have happened: lock 3 is"));
}

TEST(JsonLinesImportTest, AsksForNoMemoryOnTheHeadersWord) {
  std::vector<std::string> lines = Lines(Export(OneEvent()));
  lines[0].replace(lines[0].find("\"events\":2"), 10, "\"events\":18446744073709551615");
  EXPECT_THAT(ImportError(Joined(lines)), HasSubstr("expected 18446744073709551615 as the header says"));
}

TEST(JsonLinesImportTest, SurvivesDeepNestingAndEndlessLines) {
  std::vector<std::string> lines = Lines(Export(OneEvent()));
  const std::string deep = std::string(500'000, '[') + std::string(500'000, ']');
  lines[6] = R"({"kind":"lock_acquired","ticks":)" + deep + "}";
  EXPECT_EQ(ImportError(Joined(lines)),
            R"(trace.json:7: found "ticks": an array, expected a whole number from 0 to 4503599627370495)");
  lines[6] = deep;
  EXPECT_EQ(ImportError(Joined(lines)), "trace.json:7: found an array, expected one JSON object");
  lines[6] = std::string((16 << 20) + 8192, 'x');
  EXPECT_EQ(ImportError(Joined(lines)),
            "trace.json:7: found a line of more than 16 MiB, expected one JSON object a line");
}

TEST(JsonLinesImportTest, NeverCrashesOnDamagedExports) {
  const std::string good = Export(testing::RandomTrace(3, 60));
  size_t refused = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    testing::Random random(seed);
    std::string bad = good;
    for (size_t i = 1 + random.Below(4); i > 0; --i) {
      const size_t at = random.Below(bad.size());
      switch (random.Below(4)) {
        case 0:
          bad[at] = static_cast<char>(random.Below(256));
          break;
        case 1:
          bad.erase(at, 1 + random.Below(40));
          break;
        case 2:
          bad.insert(at, bad.substr(random.Below(bad.size()), random.Below(60)));
          break;
        default:
          bad[at] = "0123456789-{}[]\",:"[random.Below(18)];
          break;
      }
    }
    const Result<Trace> trace = Import(bad);
    if (!trace) {
      ++refused;
      EXPECT_THAT(trace.error().message, StartsWith("trace.json")) << "seed " << seed;
    } else {
      ExpectThereAndBack(*trace);
    }
  }
  EXPECT_GT(refused, 100u);
}

TEST(JsonLinesTest, AFailingStreamIsAnError) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_FALSE(ExportJsonLines(OneEvent(), out).has_value());
}

}  // namespace
}  // namespace lockscope::export_
