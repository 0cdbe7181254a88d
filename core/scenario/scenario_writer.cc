#include "core/scenario/scenario_writer.h"

#include <ostream>

#include "core/base/check.h"
#include "core/export/output_file.h"
#include "core/scenario/json_layout.h"

namespace lockscope::scenario {
namespace {

constexpr size_t kFewest = 3;  // So many of a kind, one after the other, are written as one and a number.

Json CallsJson(const std::vector<std::string>& calls) {
  Json list = Json::array();
  for (size_t i = 0; i < calls.size();) {
    size_t end = i + 1;
    while (end < calls.size() && calls[end] == calls[i]) ++end;
    if (end - i >= kFewest) {
      list.push_back(fmt::format("{} x{}", calls[i], end - i));
      i = end;
    } else {
      list.push_back(calls[i++]);
    }
  }
  return list;
}

Json DaemonJson(const DaemonConfig& daemon) {
  const DaemonConfig usual;
  Json json = Json::object();
  if (daemon.workers != usual.workers) json["workers"] = daemon.workers;
  if (daemon.max_workers != usual.max_workers) json["max_workers"] = daemon.max_workers;
  if (daemon.max_client_requests != usual.max_client_requests) json["max_client_requests"] = daemon.max_client_requests;
  if (daemon.idle_timeout_ns != usual.idle_timeout_ns) json["idle_timeout"] = DurationText(daemon.idle_timeout_ns);
  if (daemon.ends_after_ns != usual.ends_after_ns) json["ends_after"] = DurationText(daemon.ends_after_ns);
  return json;
}

Json DriverStepJson(const DriverStep& step) {
  if (step.waits_for.empty()) return DurationText(step.delay_ns);
  Json json = Json::object();
  json["waits_for"] = step.waits_for;
  return json;
}

Json DriverJson(const Scenario& scenario) {
  Json json = Json::object();
  for (const auto& [call, steps] : scenario.driver) {
    if (steps.size() == 1) {
      json[call] = DriverStepJson(steps.front());
      continue;
    }
    Json& list = json[call] = Json::array();
    for (const DriverStep& step : steps) list.push_back(DriverStepJson(step));
  }
  return json;
}

Json HandshakeJson(const HandshakeScript& tls) {
  const HandshakeScript usual;
  Json json = Json::object();
  if (tls.round_trips != usual.round_trips) json["round_trips"] = tls.round_trips;
  if (tls.pause_ns != usual.pause_ns) json["pause"] = DurationText(tls.pause_ns);
  return json.empty() ? Json(true) : json;
}

Json ClientJson(const ClientScript& client, size_t count) {
  Json json = Json::object();
  if (count > 1) json["count"] = count;
  json["calls"] = CallsJson(client.calls);
  if (client.pipelined) json["pipelined"] = true;
  if (client.after_ns != 0) json["after"] = DurationText(client.after_ns);
  if (client.hangs_up_ns >= 0) json["hangs_up"] = DurationText(client.hangs_up_ns);
  if (client.tls) json["tls"] = HandshakeJson(*client.tls);
  if (client.read_only) json["read_only"] = true;
  if (client.events != 0) json["events"] = client.events;
  return json;
}

// How many clients from `first` on are its name's 1, 2, 3 … and otherwise the same; 1 where its name does not end in 1.
size_t CountAlike(const std::vector<ClientScript>& clients, size_t first) {
  const std::string& name = clients[first].name;
  const size_t digits_at = name.find_last_not_of("0123456789") + 1;
  if (name.substr(digits_at) != "1") return 1;
  const std::string stem = name.substr(0, digits_at);
  size_t count = 1;
  for (; first + count < clients.size(); ++count) {
    ClientScript next = clients[first];
    next.name = fmt::format("{}{}", stem, count + 1);
    if (clients[first + count] != next) break;
  }
  return count;
}

Json ClientsJson(const std::vector<ClientScript>& clients) {
  Json json = Json::object();
  for (size_t i = 0; i < clients.size();) {
    const size_t alike = CountAlike(clients, i);
    const size_t count = alike < kFewest ? 1 : alike;
    std::string name = clients[i].name;
    if (count > 1) name.back() = '%';
    json[name] = ClientJson(clients[i], count);
    i += count;
  }
  return json;
}

Json StepJson(const ScheduleStep& step) {
  Json json = Json::object();
  json["run"] = step.run;
  json["until"] = step.until;
  if (step.times != 1) json["times"] = step.times;
  if (!step.say.empty()) json["say"] = step.say;
  if (!step.ask.empty()) json["ask"] = step.ask;
  if (step.answer) json["answer"] = *step.answer;
  return json;
}

Json ScheduleJson(const Schedule& schedule) {
  Json json = Json::object();
  if (const Seed* seed = std::get_if<Seed>(&schedule)) {
    json["seed"] = seed->value;
    return json;
  }
  if (const Replay* replay = std::get_if<Replay>(&schedule)) {
    json["replay"] = *replay;
    return json;
  }
  if (const Script* script = std::get_if<Script>(&schedule)) {
    LS_CHECK(!script->empty(), "a scenario's file cannot say a script without steps");
    Json list = Json::array();
    for (const ScheduleStep& step : *script) list.push_back(StepJson(step));
    return list;
  }
  return Json();
}

Json ExpectationJson(const Expectation& expect) {
  if (expect == Expectation()) return Json();
  Json json = Json::object();
  json["outcome"] = expect.outcome;
  if (expect.breaks) json["breaks"] = *expect.breaks;
  if (expect.served) json["served"] = *expect.served;
  if (expect.blocked) json["blocked"] = *expect.blocked;
  return json;
}

}  // namespace

std::string DurationText(int64_t ns) {
  constexpr std::pair<const char*, int64_t> kUnits[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}};
  for (const auto& [unit, factor] : kUnits) {
    if (ns % factor == 0) return fmt::format("{}{}", ns / factor, unit);
  }
  return fmt::format("{}ns", ns);
}

std::string ScenarioText(const Scenario& scenario, const std::filesystem::path& schema_folder) {
  Json json = Json::object();
  json["$schema"] = (schema_folder / "scenario-1.schema.json").generic_string();
  json["title"] = scenario.title;
  if (!scenario.story.empty()) json["story"] = scenario.story;
  if (scenario.bug != "none") json["bug"] = scenario.bug;
  if (Json daemon = DaemonJson(scenario.daemon); !daemon.empty()) json["daemon"] = std::move(daemon);
  if (!scenario.driver.empty()) json["driver"] = DriverJson(scenario);
  json["clients"] = ClientsJson(scenario.clients);
  if (scenario.patience_ns != 0) json["patience"] = DurationText(scenario.patience_ns);
  Json schedule = ScheduleJson(scenario.schedule);
  const bool is_replay = schedule.is_object() && schedule.contains("replay");
  if (!schedule.is_null()) json["schedule"] = std::move(schedule);
  if (Json expect = ExpectationJson(scenario.expect); !expect.is_null()) json["expect"] = std::move(expect);
  std::set<std::string> one_a_line = {"driver", "clients"};
  if (!is_replay && !std::holds_alternative<Seed>(scenario.schedule)) one_a_line.insert("schedule");
  return LayOut(json, one_a_line);
}

Result<void> WriteScenario(const Scenario& scenario, const std::filesystem::path& path,
                           const std::filesystem::path& schema_folder) {
  return export_::WriteFile(path, [&](std::ostream& out) -> Result<void> {
    out << ScenarioText(scenario, schema_folder);
    return {};
  });
}

}  // namespace lockscope::scenario
