#include "core/scenario/scenario_reader.h"

#include <array>
#include <cmath>
#include <fstream>
#include <locale>
#include <sstream>
#include <system_error>

#include "core/base/shell_word.h"
#include "core/scenario/scenario_parts.h"

namespace lockscope::scenario {
namespace {

constexpr std::string_view kSchema = "scenario-1.schema.json";
constexpr size_t kMostBytes = 16 << 20;

// The schema that an editor helps with; its name carries the version of what may stand in the document.
bool ReadSchema(FieldReader& reader, const Place& place) {
  std::string path;
  if (!reader.Line(place, path)) return false;
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);  // npos + 1 is 0: no folder.
  if (name == kSchema) return true;
  return reader.Wrong(place, fmt::format("{}, the one version that this program knows,", kSchema));
}

bool ReadDocument(FieldReader& reader, const Place& document, Scenario& out) {
  const bool read =
      reader.Fields(document, {{"$schema", [&](const Place& at) { return ReadSchema(reader, at); }},
                               {"title", [&](const Place& at) { return reader.Line(at, out.title); }},
                               {"story", [&](const Place& at) { return reader.Text(at, out.story); }},
                               {"bug", [&](const Place& at) { return ReadBug(reader, at, out.bug); }},
                               {"daemon", [&](const Place& at) { return ReadDaemon(reader, at, out.daemon); }},
                               {"driver", [&](const Place& at) { return ReadDriver(reader, at, out); }},
                               {"clients", [&](const Place& at) { return ReadClients(reader, at, out.clients); }},
                               {"patience", [&](const Place& at) { return reader.Span(at, out.patience_ns); }},
                               {"schedule",
                                [&](const Place& at) {
                                  out.schedule_line.number = at.node().line;
                                  return ReadSchedule(reader, at, out.schedule);
                                }},
                               {"expect", [&](const Place& at) { return ReadExpectation(reader, at, out.expect); }}});
  if (!read) return false;
  if (out.title.empty()) return reader.Missing(document, "title", "a line that names the scenario");
  if (out.clients.empty()) return reader.Missing(document, "clients", "an object with at least one client");
  return CheckReferences(reader, document, out);
}

// `advice`: what is said, besides, of a recording.
Result<Scenario> ReadFrom(std::istream& in, const std::string& name, const std::string& advice) {
  std::string text;
  std::array<char, 1 << 16> piece;
  while (text.size() <= kMostBytes && in) {
    in.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) return Fail("{}: cannot be read: {}", name, ErrnoText(errno));
  if (text.starts_with("\x89LSCP")) return Fail("{}: this is a recording, not a scenario{}", name, advice);
  if (text.size() > kMostBytes) return Fail("{}: is over {} MiB, too large for a scenario", name, kMostBytes >> 20);
  return ParseScenario(text, name);
}

}  // namespace

Result<int64_t> ParseDuration(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  const auto wrong = [&] {
    return Fail("{} is no duration; a number and ns, us, ms or s was expected, like \"40ms\"", Quoted(text));
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
    if (ns > 3600e9) return Fail("{} is over an hour, the longest duration there is", Quoted(text));
    return static_cast<int64_t>(std::llround(ns));
  }
  return wrong();
}

Result<Scenario> ParseScenario(std::string_view json, const std::string& name) {
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Fail("{}: the file is empty, not a scenario", name);
  const Result<JsonNode> document = ParseJson(json, name);
  if (!document) return tl::make_unexpected(document.error());
  FieldReader reader(name);
  Scenario scenario;
  if (!ReadDocument(reader, Place(*document), scenario)) return tl::make_unexpected(reader.error());
  return scenario;
}

Result<Scenario> ReadScenario(std::istream& in, const std::string& name) { return ReadFrom(in, name, ""); }

Result<Scenario> ReadScenario(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Fail("{}: is a folder, not a scenario", name);
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail("{}: cannot be opened: {}", name, ErrnoText(errno));
  return ReadFrom(file, name, "; try: lockscope check " + ShellWord(name));
}

}  // namespace lockscope::scenario
