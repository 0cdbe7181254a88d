// The part of the scenario reader that holds a document against itself.
#include <algorithm>

#include "core/analysis/phrases.h"
#include "core/rpc/unix_socket.h"
#include "core/scenario/scenario_parts.h"
#include "core/scenario/schedule_phrase.h"

namespace lockscope::scenario {
namespace {

class Checker {
 public:
  Checker(FieldReader& reader, const Scenario& scenario) : reader_(reader), scenario_(scenario) {
    for (const ClientScript& client : scenario.clients) clients_.push_back(client.name);
    workers_ = std::max(scenario.daemon.workers, scenario.daemon.max_workers);
  }

  bool Daemon(const Place& place) {
    const DaemonConfig& daemon = scenario_.daemon;
    if (daemon.max_workers == 0 || daemon.max_workers >= daemon.workers) return true;
    return reader_.Refuse(
        place, fmt::format("found the number {}; at least the {} workers that the daemon begins with were expected",
                           daemon.max_workers, daemon.workers));
  }

  // A call that waits for one that nobody makes, or for its own kind, would wait for ever whatever the schedule.
  bool WaitsFor(const Place& place, std::string_view call) {
    const std::string& awaited = place.node().text;
    if (awaited == call)
      return reader_.Refuse(place, fmt::format("'{}' waits for itself; another call was expected", call));
    const bool made = std::ranges::any_of(scenario_.clients, [&](const ClientScript& client) {
      return std::ranges::find(client.calls, awaited) != client.calls.end();
    });
    return made ||
           reader_.Refuse(place, fmt::format("no client makes the call '{}'; one that is made was expected", awaited));
  }

  bool Thread(const Place& place, std::string_view name, bool clients_too) {
    if (name == "leader" || name == "loop") return true;
    if (const int number = WorkerNumber(name); number > 0) {
      if (number <= workers_) return true;
      return reader_.Refuse(
          place, workers_ == 1 ? fmt::format("unknown thread '{}'; there is one worker, worker-1", name)
                               : fmt::format("unknown thread '{}'; there are worker-1 to worker-{}", name, workers_));
    }
    if (std::ranges::find(clients_, name) != clients_.end()) {
      return clients_too ||
             reader_.Refuse(
                 place,
                 fmt::format("'{}' is a client; a thread of the daemon was expected: leader, loop, worker-1 …", name));
    }
    const bool ends = clients_too && scenario_.daemon.ends_after_ns > 0;
    if (ends && name == kAdministrator) return true;
    std::vector<std::string> known = {"leader", "loop"};
    for (int worker = 1; worker <= workers_; ++worker) known.push_back(fmt::format("worker-{}", worker));
    if (clients_too) known.insert(known.end(), clients_.begin(), clients_.end());
    if (ends) known.emplace_back(kAdministrator);
    return reader_.Unknown(place, "thread", name, known);
  }

  bool Client(const Place& place, std::string_view name) {
    return std::ranges::find(clients_, name) != clients_.end() || reader_.Unknown(place, "client", name, clients_);
  }

  bool UntilPlace(const Place& place) {
    const Result<Until> until = ParseUntil(place.node().text);
    if (!until || until->name.empty()) return true;  // Refused already, or about nobody in particular.
    if (until->lock_class == "client") return Client(place, until->name);
    for (const UntilVerb& row : AllUntilVerbs()) {
      if (row.what != until->what || row.kind != until->kind) continue;
      if (row.object == UntilObject::kClient) return Client(place, until->name);
      if (row.object == UntilObject::kThread) return Thread(place, until->name, false);
    }
    return true;
  }

  // What a thread waits for at the end: "server", "client alice", "condition job", "end of worker-1", "poll".
  bool WaitsOn(const Place& place) {
    constexpr std::string_view kEndOf = "end of ";
    constexpr std::string_view kCondition = "condition ";
    const std::string_view text = place.node().text;
    if (text == "poll") return true;
    if (text.starts_with(kEndOf)) return Thread(place, text.substr(kEndOf.size()), false);
    if (text.starts_with(kCondition) && text.size() > kCondition.size()) return true;  // The code names it.
    const Result<LockPhrase> lock = ParseLock(text);
    if (!lock || *lock == LockPhrase{"client", ""}) {
      return reader_.Refuse(place,
                            fmt::format("{} is nothing that a thread waits for; server, loop, driver, client NAME, "
                                        "condition NAME, end of THREAD or poll was expected",
                                        Quoted(text)));
    }
    return lock->client.empty() || Client(place, lock->client);
  }

  bool Step(const Place& place) {
    const Place run(place, *place.node().FindField("run"));
    const Place until(place, *place.node().FindField("until"));
    if (!Thread(run, run.node().text, true) || !UntilPlace(until)) return false;
    const JsonNode::Field* answer = place.node().FindField("answer");
    return answer == nullptr || reader_.Items(Place(place, *answer), 0, SIZE_MAX, "a list",
                                              [&](const Place& item) { return Thread(item, item.node().text, false); });
  }

  bool Served(const Place& place) {
    uint64_t calls = 0;
    for (const ClientScript& client : scenario_.clients) calls += client.calls.size();
    return *scenario_.expect.served <= calls ||
           reader_.Refuse(place, fmt::format("found the number {}; the clients make {}", *scenario_.expect.served,
                                             analysis::Counted(calls, "call")));
  }

 private:
  FieldReader& reader_;
  const Scenario& scenario_;
  std::vector<std::string> clients_;
  int workers_ = 0;
};

// Calls `check` with the field's place; true where there is no such field.
template <typename Check>
bool IfThere(const Place& around, std::string_view field, const Check& check) {
  const JsonNode::Field* found = around.node().FindField(field);
  return found == nullptr || check(Place(around, *found));
}

}  // namespace

bool CheckReferences(FieldReader& reader, const Place& document, const Scenario& scenario) {
  Checker checker(reader, scenario);
  const auto daemon = [&](const Place& place) {
    return IfThere(place, "max_workers", [&](const Place& at) { return checker.Daemon(at); });
  };
  const auto driver_step = [&](const Place& step, std::string_view call) {
    return IfThere(step, "waits_for", [&](const Place& at) { return checker.WaitsFor(at, call); });
  };
  const auto driver = [&](const Place& place) {
    return std::ranges::all_of(place.node().fields, [&](const JsonNode::Field& field) {
      const Place call(place, field);
      if (field.value.kind != JsonNode::Kind::kList) return driver_step(call, field.key);
      return reader.Items(call, 0, SIZE_MAX, "a list", [&](const Place& at) { return driver_step(at, field.key); });
    });
  };
  const auto schedule = [&](const Place& place) {
    if (place.node().kind != JsonNode::Kind::kList) return true;
    return reader.Items(place, 0, SIZE_MAX, "a list", [&](const Place& at) { return checker.Step(at); });
  };
  const auto blocked = [&](const Place& place) {
    return std::ranges::all_of(place.node().fields, [&](const JsonNode::Field& field) {
      const Place at(place, field);
      return checker.Thread(at, field.key, false) && checker.WaitsOn(at);
    });
  };
  const auto expect = [&](const Place& place) {
    return IfThere(place, "served", [&](const Place& at) { return checker.Served(at); }) &&
           IfThere(place, "blocked", blocked);
  };
  return IfThere(document, "daemon", daemon) && IfThere(document, "driver", driver) &&
         IfThere(document, "schedule", schedule) && IfThere(document, "expect", expect);
}

}  // namespace lockscope::scenario
