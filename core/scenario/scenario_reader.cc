#include "core/scenario/scenario_reader.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/rpc/unix_socket.h"
#include "core/scenario/known_calls.h"

namespace lockscope::scenario {
namespace {

// The ordered kind: clients connect in the order of the file.
using Json = nlohmann::ordered_json;

constexpr int kMaxWorkers = 64;
constexpr int kMaxClients = 1'000;
constexpr int kMaxCallsPerClient = 100'000;

std::string Kind(const Json& value) {
  if (value.is_string()) return fmt::format("the text \"{}\"", value.get<std::string>());
  if (value.is_number()) return "the number " + value.dump();
  if (value.is_boolean()) return value.dump();
  if (value.is_null()) return "null";
  return value.is_array() ? "a list" : "an object";
}

// Reads one document; the first thing that is wrong ends it. `path` is where in the document: "clients.alice.calls[0]".
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Result<Scenario> Read(const Json& document) {
    if (!document.is_object()) return tl::make_unexpected(Wrong("", document, "an object"));
    const bool read =
        Each("", document,
             {{"$schema", [](const Json&, const std::string&) { return true; }},
              {"title", [this](const Json& v, const std::string& p) { return Text(v, p, scenario_.title); }},
              {"story", [this](const Json& v, const std::string& p) { return Text(v, p, scenario_.story); }},
              {"daemon", [this](const Json& v, const std::string& p) { return Daemon(v, p); }},
              {"driver", [this](const Json& v, const std::string& p) { return Driver(v, p); }},
              {"clients", [this](const Json& v, const std::string& p) { return Clients(v, p); }}});
    if (!read) return tl::make_unexpected(error_);
    if (scenario_.title.empty()) return tl::make_unexpected(Missing("title", "a line that names the scenario"));
    if (scenario_.clients.empty()) return tl::make_unexpected(Missing("clients", "at least one client"));
    return scenario_;
  }

 private:
  using Field = std::function<bool(const Json&, const std::string&)>;

  Error Wrong(const std::string& path, const Json& found, const std::string& expected) const {
    const std::string where = path.empty() ? "the document" : path;
    return {fmt::format("{}: {} is {}; {} was expected", file_, where, Kind(found), expected)};
  }
  Error Missing(const std::string& path, const std::string& expected) const {
    return {fmt::format("{}: {} is missing; {} was expected", file_, path, expected)};
  }
  Error Unknown(const std::string& path, std::string_view what, const std::string& name,
                const std::vector<std::string>& known) const {
    const std::string nearest = NearestName(name, known);
    const std::string hint = nearest.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                             : fmt::format("did you mean '{}'?", nearest);
    return {fmt::format("{}: {}: unknown {} '{}'; {}", file_, path.empty() ? "the document" : path, what, name, hint)};
  }
  bool Refuse(Error error) {
    error_ = std::move(error);
    return false;
  }

  bool Each(const std::string& path, const Json& object, const std::vector<std::pair<std::string, Field>>& fields) {
    if (!object.is_object()) return Refuse(Wrong(path, object, "an object"));
    for (const auto& [key, value] : object.items()) {
      const auto field = std::ranges::find(fields, key, &std::pair<std::string, Field>::first);
      if (field == fields.end()) {
        std::vector<std::string> known;
        for (const auto& [name, read] : fields) known.push_back(name);
        return Refuse(Unknown(path, "field", key, known));
      }
      if (!field->second(value, path.empty() ? key : path + "." + key)) return false;
    }
    return true;
  }

  bool Text(const Json& value, const std::string& path, std::string& out) {
    if (!value.is_string()) return Refuse(Wrong(path, value, "a text"));
    out = value.get<std::string>();
    return true;
  }

  bool Count(const Json& value, const std::string& path, int least, int most, int& out) {
    const std::string expected = fmt::format("a whole number from {} to {}", least, most);
    if (!value.is_number_integer()) return Refuse(Wrong(path, value, expected));
    const bool fits = value.is_number_unsigned() ? value.get<uint64_t>() <= static_cast<uint64_t>(most)
                                                 : value.get<int64_t>() <= most;
    if (!fits || value.get<int64_t>() < least) return Refuse(Wrong(path, value, expected));
    out = value.get<int>();
    return true;
  }

  bool Daemon(const Json& value, const std::string& path) {
    return Each(path, value,
                {{"workers",
                  [this](const Json& v, const std::string& p) { return Count(v, p, 1, kMaxWorkers, scenario_.daemon.workers); }},
                 {"max_client_requests", [this](const Json& v, const std::string& p) {
                    return Count(v, p, 1, 1'000, scenario_.daemon.max_client_requests);
                  }}});
  }

  bool Duration(const Json& value, const std::string& path, int64_t& out) {
    if (!value.is_string()) return Refuse(Wrong(path, value, "a duration like \"40ms\""));
    const Result<int64_t> ns = ParseDuration(value.get<std::string>());
    if (!ns) return Refuse({fmt::format("{}: {}: {}", file_, path, ns.error().message)});
    out = *ns;
    return true;
  }

  bool Driver(const Json& value, const std::string& path) {
    if (!value.is_object()) return Refuse(Wrong(path, value, "an object of call names and durations"));
    for (const auto& [name, times] : value.items()) {
      const std::string at = path + "." + name;
      if (!IsCall(name, path)) return false;
      std::vector<DriverStep>& out = scenario_.driver[name];
      if (!times.is_array()) {
        if (!Duration(times, at, out.emplace_back().delay_ns)) return false;
        continue;
      }
      if (times.empty()) return Refuse(Wrong(at, times, "at least one duration"));
      for (size_t i = 0; i < times.size(); ++i) {
        if (!Duration(times[i], fmt::format("{}[{}]", at, i), out.emplace_back().delay_ns)) return false;
      }
    }
    return true;
  }

  bool IsCall(const std::string& name, const std::string& path) {
    if (FindCall(name) != nullptr) return true;
    std::vector<std::string> known;
    for (const KnownCall& call : KnownCalls()) known.emplace_back(call.name);
    return Refuse(Unknown(path, "call", name, known));
  }

  bool Clients(const Json& value, const std::string& path) {
    if (!value.is_object()) return Refuse(Wrong(path, value, "an object of client names"));
    if (value.size() > kMaxClients) return Refuse({fmt::format("{}: {} has {} clients; at most {} were expected", file_, path, value.size(), kMaxClients)});
    for (const auto& [name, client] : value.items()) {
      if (!rpc::IsPeerName(name)) {
        return Refuse({fmt::format("{}: {}: '{}' is no client's name: 1 to 32 letters, digits, '_', '.', '-' were expected",
                                   file_, path, name)});
      }
      ClientScript& script = scenario_.clients.emplace_back();
      script.name = name;
      const std::string at = path + "." + name;
      const bool read = Each(at, client,
                             {{"calls", [&](const Json& v, const std::string& p) { return Calls(v, p, script.calls); }},
                              {"pipelined", [&](const Json& v, const std::string& p) {
                                 if (!v.is_boolean()) return Refuse(Wrong(p, v, "true or false"));
                                 script.pipelined = v.get<bool>();
                                 return true;
                               }}});
      if (!read) return false;
      if (script.calls.empty()) return Refuse(Missing(at + ".calls", "a list of at least one call"));
    }
    return true;
  }

  bool Calls(const Json& value, const std::string& path, std::vector<std::string>& out) {
    if (!value.is_array() || value.empty() || value.size() > kMaxCallsPerClient) {
      return Refuse(Wrong(path, value, fmt::format("a list of 1 to {} calls", kMaxCallsPerClient)));
    }
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string at = fmt::format("{}[{}]", path, i);
      std::string& name = out.emplace_back();
      if (!Text(value[i], at, name) || !IsCall(name, at)) return false;
    }
    return true;
  }

  const std::string& file_;
  Scenario scenario_;
  Error error_;
};

}  // namespace

Result<int64_t> ParseDuration(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  const auto wrong = [&] {
    return Fail("'{}' is no duration; a number and ns, us, ms or s was expected, like \"40ms\"", text);
  };
  size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) ++digits;
  std::string_view unit = text.substr(digits);
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  std::istringstream number{std::string(text.substr(0, digits))};
  number.imbue(std::locale::classic());
  double value = 0;
  if (digits == 0 || !(number >> value) || number.peek() != std::istringstream::traits_type::eof()) return wrong();
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    const double ns = value * factor;
    if (ns > 3600e9) return Fail("'{}' is over an hour, the longest duration there is", text);
    return static_cast<int64_t>(std::llround(ns));
  }
  return wrong();
}

Result<Scenario> ParseScenario(std::string_view json, const std::string& name) {
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return Fail("{}: the file is empty, not a scenario", name);
  Json document;
  try {
    document = Json::parse(json);
  } catch (const Json::parse_error& error) {
    const std::string_view before = json.substr(0, std::min(error.byte == 0 ? 0 : error.byte - 1, json.size()));
    const auto line = 1 + std::ranges::count(before, '\n');
    const size_t column = before.size() - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
    return Fail("{}:{}:{}: this is not JSON from here on", name, line, column);
  }
  return Reader(name).Read(document);
}

Result<Scenario> ReadScenario(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Fail("{}: is a folder, not a scenario", path.string());
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail("{}: cannot be opened: {}", path.string(), ErrnoText(errno));
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().starts_with("\x89LSCP")) {
    return Fail("{}: this is a recording, not a scenario; try: lockscope check {}", path.string(), path.string());
  }
  return ParseScenario(text.str(), path.string());
}

}  // namespace lockscope::scenario
