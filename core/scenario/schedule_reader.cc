// The part of the scenario reader for schedule, bug and expectation: how it runs, and what is to come of it.
#include <algorithm>
#include <limits>

#include "core/analysis/outcome.h"
#include "core/analysis/rules.h"
#include "core/daemon/bugs/catalog.h"
#include "core/scenario/scenario_parts.h"
#include "core/scenario/schedule_phrase.h"

namespace lockscope::scenario {
namespace {

constexpr int kMaxTimes = 1'000'000;
constexpr size_t kMaxSteps = 10'000;
constexpr size_t kMaxChoices = 10'000'000;

constexpr std::string_view kSchedules = "\"round_robin\", { \"seed\": 7 }, { \"replay\": [...] } or a list of steps";

std::vector<std::string> OutcomeNames() {
  const std::vector<std::string_view> names = analysis::OutcomeNames();
  return {names.begin(), names.end()};
}

std::vector<std::string> RuleNames() {
  std::vector<std::string> names;
  for (const analysis::RuleInfo& rule : analysis::AllRules()) names.push_back(fmt::format("R{}", rule.number));
  return names;
}

// A list of names, none of them twice.
bool ReadNames(FieldReader& reader, const Place& place, std::string_view what, const std::vector<std::string>& known,
               std::optional<std::vector<std::string>>& out) {
  std::vector<std::string>& names = out.emplace();
  return reader.Items(place, 0, kMaxSteps, fmt::format("a list of names, each a {}'s", what), [&](const Place& item) {
    std::string name;
    const bool read = known.empty() ? reader.Line(item, name) : reader.Name(item, what, known, name);
    if (!read) return false;
    if (std::ranges::find(names, name) != names.end()) {
      return reader.Refuse(item, fmt::format("'{}' stands in the list already", name));
    }
    names.push_back(std::move(name));
    return true;
  });
}

bool ReadStep(FieldReader& reader, const Place& place, ScheduleStep& out) {
  out.line.number = place.node().line;
  const bool read = reader.Fields(
      place, {{"run", [&](const Place& at) { return reader.Line(at, out.run); }},
              {"until",
               [&](const Place& at) {
                 if (!reader.Line(at, out.until)) return false;
                 const Result<Until> until = ParseUntil(out.until);
                 return until || reader.Refuse(at, until.error().message);
               }},
              {"times", [&](const Place& at) { return reader.Count(at, 1, kMaxTimes, out.times); }},
              {"say", [&](const Place& at) { return reader.Line(at, out.say); }},
              {"ask", [&](const Place& at) { return reader.Line(at, out.ask); }},
              {"answer", [&](const Place& at) { return ReadNames(reader, at, "thread", {}, out.answer); }}});
  if (!read) return false;
  if (out.run.empty()) return reader.Missing(place, "run", "the name of the thread that goes on");
  if (out.until.empty()) return reader.Missing(place, "until", "what it runs to, as in \"holds server\"");
  if (!out.ask.empty() && !out.answer) {
    return reader.Missing(place, "answer", "a list of the threads that can go on, to check the question with");
  }
  return !out.answer || !out.ask.empty() || reader.Missing(place, "ask", "the question to the answer");
}

bool ReadReplay(FieldReader& reader, const Place& place, Schedule& out) {
  Replay& choices = out.emplace<Replay>();
  return reader.Items(place, 0, kMaxChoices, "a list of choices", [&](const Place& item) {
    uint64_t choice = 0;
    if (!reader.Count(item, uint64_t{0}, std::numeric_limits<uint32_t>::max(), choice)) return false;
    choices.push_back(static_cast<uint32_t>(choice));
    return true;
  });
}

}  // namespace

bool ReadSchedule(FieldReader& reader, const Place& place, Schedule& out) {
  switch (place.node().kind) {
    case JsonNode::Kind::kText: {
      std::string name;
      return reader.Name(place, "schedule", {"round_robin"}, name);
    }
    case JsonNode::Kind::kList: {
      Script& script = out.emplace<Script>();
      return reader.Items(place, 1, kMaxSteps, "a list of at least one step",
                          [&](const Place& item) { return ReadStep(reader, item, script.emplace_back()); });
    }
    case JsonNode::Kind::kObject: {
      if (place.node().fields.size() > 1)
        return reader.Refuse(place, "found two fields; either 'seed' or 'replay' was expected");
      const bool read =
          reader.Fields(place, {{"seed",
                                 [&](const Place& at) {
                                   return reader.Count(at, uint64_t{0}, std::numeric_limits<uint64_t>::max(),
                                                       out.emplace<Seed>().value);
                                 }},
                                {"replay", [&](const Place& at) { return ReadReplay(reader, at, out); }}});
      return read && (!place.node().fields.empty() || reader.Missing(place, "seed", "a seed, or a replay"));
    }
    default:
      return reader.Wrong(place, kSchedules);
  }
}

bool ReadExpectation(FieldReader& reader, const Place& place, Expectation& out) {
  return reader.Fields(
      place, {{"outcome", [&](const Place& at) { return reader.Name(at, "outcome", OutcomeNames(), out.outcome); }},
              {"breaks", [&](const Place& at) { return ReadNames(reader, at, "rule", RuleNames(), out.breaks); }},
              {"served", [&](const Place& at) { return reader.Count(at, 0, kMaxCalls, out.served.emplace()); }},
              {"blocked", [&](const Place& at) {
                 if (at.node().kind != JsonNode::Kind::kObject)
                   return reader.Wrong(at, "an object of thread names and locks");
                 out.blocked.emplace();
                 for (const JsonNode::Field& field : at.node().fields) {
                   if (!reader.Line(Place(at, field), (*out.blocked)[field.key])) return false;
                 }
                 return true;
               }}});
}

bool ReadBug(FieldReader& reader, const Place& place, std::string& out) {
  std::vector<std::string> names = {"none"};
  for (const daemon::Bug& bug : daemon::AllBugs()) names.emplace_back(bug.name);
  return reader.Name(place, "bug", names, out);
}

}  // namespace lockscope::scenario
