// The part of the scenario reader for daemon, driver and clients: what runs.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <system_error>

#include "core/rpc/unix_socket.h"
#include "core/scenario/known_calls.h"
#include "core/scenario/scenario_parts.h"

namespace lockscope::scenario {
namespace {

constexpr int kMaxRoundTrips = 10;
constexpr int kMaxDriverSteps = 1'000;
constexpr int kMaxEvents = 1'000'000;
// What a client program does unasked (core/scenario/client_program.cc).
constexpr std::array<std::string_view, 3> kOwnCalls = {"auth_list", "connect_open", "connect_close"};
constexpr char kNumberSign = '%';  // "client-%" with a count of 3 is client-1, client-2, client-3.

bool UnknownCall(FieldReader& reader, const Place& place, std::string_view name,
                 const std::vector<std::string>& known) {
  if (std::ranges::find(kOwnCalls, name) == kOwnCalls.end()) return reader.Unknown(place, "call", name, known);
  return reader.Refuse(place, fmt::format("'{}' is no call of a scenario's: every client opens its connection before "
                                          "its calls, and closes it after them, by itself; another call was expected",
                                          name));
}

bool ReadDriverStep(FieldReader& reader, const Place& place, DriverStep& out) {
  if (place.node().kind != JsonNode::Kind::kObject) {
    if (place.node().kind == JsonNode::Kind::kText) return reader.Duration(place, out.delay_ns);
    return reader.Wrong(place, "a duration like \"40ms\", or { \"waits_for\": CALL }");
  }
  if (!reader.Fields(place, {{"waits_for", [&](const Place& at) {
                                return reader.Name(at, "call", DriverCallNames(), out.waits_for);
                              }}})) {
    return false;
  }
  return !out.waits_for.empty() || reader.Missing(place, "waits_for", "a call's name");
}

// One entry of `calls`: a call's name, and "x20" behind it where it is made 20 times.
bool ReadCall(FieldReader& reader, const Place& place, std::vector<std::string>& out) {
  if (place.node().kind != JsonNode::Kind::kText) return reader.Wrong(place, "a call's name");
  std::string_view name = place.node().text;
  int times = 1;
  if (const size_t sign = name.rfind(" x"); sign != std::string_view::npos) {
    const std::string_view digits = name.substr(sign + 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), times);
    const bool whole = error == std::errc() && end == digits.data() + digits.size() && digits[0] != '0';
    if (!whole || times < 1 || times > kMaxCallsPerClient) {
      return reader.Wrong(place, fmt::format("a call's name, or one and a number from 1 to {}, as in \"hostname x20\"",
                                             kMaxCallsPerClient));
    }
    name = name.substr(0, sign);
  }
  if (FindCall(name) == nullptr) return UnknownCall(reader, place, name, CallNames());
  if (out.size() + static_cast<size_t>(times) > kMaxCallsPerClient) {
    return reader.Refuse(place, fmt::format("with this the client makes {} calls; at most {} were expected",
                                            out.size() + static_cast<size_t>(times), kMaxCallsPerClient));
  }
  out.insert(out.end(), static_cast<size_t>(times), std::string(name));
  return true;
}

bool ReadHandshake(FieldReader& reader, const Place& place, std::optional<HandshakeScript>& out) {
  if (place.node().kind == JsonNode::Kind::kBoolean) {
    if (place.node().truth) out.emplace();
    return true;
  }
  if (place.node().kind != JsonNode::Kind::kObject) {
    return reader.Wrong(place, "true, false or { \"round_trips\": 2, \"pause\": \"3ms\" }");
  }
  HandshakeScript& script = out.emplace();
  return reader.Fields(
      place, {{"round_trips", [&](const Place& at) { return reader.Count(at, 1, kMaxRoundTrips, script.round_trips); }},
              {"pause", [&](const Place& at) { return reader.Duration(at, script.pause_ns); }}});
}

// One entry of `clients`, which may stand for `count` of them.
bool ReadClient(FieldReader& reader, const Place& place, ClientScript& out, int& count) {
  const bool read = reader.Fields(
      place, {{"count", [&](const Place& at) { return reader.Count(at, 1, kMaxClients, count); }},
              {"calls",
               [&](const Place& at) {
                 return reader.Items(at, 1, kMaxCallsPerClient, "a list of at least one call",
                                     [&](const Place& call) { return ReadCall(reader, call, out.calls); });
               }},
              {"pipelined", [&](const Place& at) { return reader.Flag(at, out.pipelined); }},
              {"after", [&](const Place& at) { return reader.Duration(at, out.after_ns); }},
              {"hangs_up", [&](const Place& at) { return reader.Duration(at, out.hangs_up_ns); }},
              {"tls", [&](const Place& at) { return ReadHandshake(reader, at, out.tls); }},
              {"read_only", [&](const Place& at) { return reader.Flag(at, out.read_only); }},
              {"events", [&](const Place& at) { return reader.Count(at, 1, kMaxEvents, out.events); }}});
  if (!read) return false;
  if (out.calls.empty()) return reader.Missing(place, "calls", "a list of at least one call");
  if (out.events == 0 || std::ranges::find(out.calls, "event_subscribe") != out.calls.end()) return true;
  return reader.Refuse(place, "waits for events, but makes no call of event_subscribe; one was expected");
}

bool CheckClientName(FieldReader& reader, const Place& place, const std::string& name) {
  if (!rpc::IsPeerName(name)) {
    return reader.Refuse(
        place,
        fmt::format("{} is no client's name; 1 to 32 letters, digits, '_', '.', '-' were expected", Quoted(name)));
  }
  if (IsDaemonThreadName(name)) {
    return reader.Refuse(place,
                         fmt::format("'{}' is the name of a thread of the daemon; another one was expected", name));
  }
  if (name == kAdministrator) {
    return reader.Refuse(place, fmt::format("'{}' is the name of who tells the daemon to end; another one was expected",
                                            kAdministrator));
  }
  return true;
}

}  // namespace

int WorkerNumber(std::string_view name) {
  constexpr std::string_view kWorker = "worker-";
  if (!name.starts_with(kWorker) || name.size() > kWorker.size() + 6) return 0;
  const std::string_view digits = name.substr(kWorker.size());
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && digits[0] != '0';
  return whole && number > 0 ? number : 0;
}

bool IsDaemonThreadName(std::string_view name) { return name == "leader" || name == "loop" || WorkerNumber(name) > 0; }

bool ReadDaemon(FieldReader& reader, const Place& place, DaemonConfig& out) {
  return reader.Fields(
      place,
      {{"workers", [&](const Place& at) { return reader.Count(at, 1, kMaxWorkers, out.workers); }},
       {"max_workers", [&](const Place& at) { return reader.Count(at, 1, kMaxWorkers, out.max_workers); }},
       {"max_client_requests", [&](const Place& at) { return reader.Count(at, 1, 1'000, out.max_client_requests); }},
       {"idle_timeout", [&](const Place& at) { return reader.Span(at, out.idle_timeout_ns); }},
       {"ends_after", [&](const Place& at) { return reader.Span(at, out.ends_after_ns); }}});
}

bool ReadDriver(FieldReader& reader, const Place& place, Scenario& out) {
  if (place.node().kind != JsonNode::Kind::kObject) return reader.Wrong(place, "an object of call names and durations");
  for (const JsonNode::Field& field : place.node().fields) {
    const Place at(place, field);
    if (const KnownCall* call = FindCall(field.key); call == nullptr || !call->in_driver) {
      return UnknownCall(reader, at, field.key, DriverCallNames());
    }
    std::vector<DriverStep>& steps = out.driver[field.key];
    if (field.value.kind != JsonNode::Kind::kList) {
      if (!ReadDriverStep(reader, at, steps.emplace_back())) return false;
      continue;
    }
    const auto read = [&](const Place& item) { return ReadDriverStep(reader, item, steps.emplace_back()); };
    if (!reader.Items(at, 1, kMaxDriverSteps, "a list of at least one duration", read)) return false;
  }
  return true;
}

bool ReadClients(FieldReader& reader, const Place& place, std::vector<ClientScript>& out) {
  if (place.node().kind != JsonNode::Kind::kObject) return reader.Wrong(place, "an object of client names");
  std::set<std::string> names;
  uint64_t calls = 0;
  for (const JsonNode::Field& field : place.node().fields) {
    const Place at(place, field);
    ClientScript script;
    int count = 0;  // 0: the field is not there, and the name is one client's.
    if (!ReadClient(reader, at, script, count)) return false;
    const size_t sign = field.key.find(kNumberSign);
    if (count > 0 && sign == std::string::npos) {
      return reader.Refuse(at, fmt::format("has a count of {}, but its name has no '%' for the number; as in \"{}-%\"",
                                           count, field.key.substr(0, 28)));
    }
    if (count == 0 && sign != std::string::npos) return reader.Missing(at, "count", "how many clients '%' stands for");
    for (int number = 1; number <= std::max(count, 1); ++number) {
      script.name = field.key;
      if (sign != std::string::npos) script.name.replace(sign, 1, std::to_string(number));
      if (!CheckClientName(reader, at, script.name)) return false;
      if (!names.insert(script.name).second) {
        return reader.Refuse(at, fmt::format("there is a client '{}' already", script.name));
      }
      calls += script.calls.size();
      if (names.size() > kMaxClients || calls > kMaxCalls) {
        return reader.Refuse(at, fmt::format("with this there are over {} clients or over {} calls; no more can be run",
                                             kMaxClients, kMaxCalls));
      }
      out.push_back(script);
    }
  }
  return !out.empty() || reader.Wrong(place, "at least one client");
}

}  // namespace lockscope::scenario
