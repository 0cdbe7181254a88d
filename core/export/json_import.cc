// Import. The text may come from anywhere: each field is looked at before it is believed, nothing is reserved on a
// file's word, and no value is printed but a number or a short text.
#include <fmt/format.h>

#include <climits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/export/json_lines.h"
#include "core/export/json_text.h"

namespace lockscope::export_ {
namespace {

using Json = nlohmann::json;
using trace::Event;
using trace::Trace;
using trace::TraceParts;

constexpr size_t kLongestLine = size_t{16} << 20;  // Bytes. A header may carry a whole scenario.

// For a message.
std::string NumberFrom(uint64_t lowest, uint64_t highest) {
  return lowest == highest ? fmt::format("{}", lowest) : fmt::format("a whole number from {} to {}", lowest, highest);
}

// What stands there, short enough for one line. Never an array or an object: they may be of any size and depth.
std::string InWords(const Json& value) {
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

class Importer {
 public:
  Importer(std::istream& in, const std::string& name) : in_(in), name_(name) {}

  Result<Trace> Run() {
    Result<bool> read = ReadLine();
    if (!read) return tl::make_unexpected(read.error());
    if (!*read) return Fail("{}: found an empty file, expected the header of a lockscope-json export", name_);
    if (Result<void> ok = ReadHeader(); !ok) return tl::make_unexpected(ok.error());
    while (true) {
      read = ReadLine();
      if (!read) return tl::make_unexpected(read.error());
      if (!*read) break;
      if (Result<void> ok = ReadBody(); !ok) return tl::make_unexpected(ok.error());
    }
    if (Result<void> ok = CheckWhole(); !ok) return tl::make_unexpected(ok.error());
    for (auto& [thread, events] : events_) parts_.threads.push_back({thread, std::move(events)});
    Result<Trace> trace = Trace::Build(std::move(parts_));
    if (!trace) return Fail("{}: found events that cannot have happened: {}", name_, trace.error().message);
    return trace;
  }

 private:
  template <typename... Args>
  tl::unexpected<Error> FailHere(fmt::format_string<Args...> format, Args&&... args) const {
    return Fail("{}:{}: {}", name_, line_, fmt::format(format, std::forward<Args>(args)...));
  }

  // The next line as a JSON object, in json_. False at the end of the file.
  Result<bool> ReadLine() {
    std::string text;
    char chunk[4096];
    while (true) {
      in_.getline(chunk, sizeof chunk);
      const auto count = static_cast<size_t>(in_.gcount());
      if (in_.bad()) return Fail("{}: cannot be read", name_);
      if (in_.eof()) {
        text.append(chunk, count);
        break;
      }
      if (!in_.fail()) {  // The line has ended: the newline is counted, but not stored.
        text.append(chunk, count - 1);
        break;
      }
      text.append(chunk, count);
      if (count == 0) break;
      in_.clear();
      if (text.size() > kLongestLine) {
        ++line_;
        return FailHere("found a line of more than {} MiB, expected one JSON object a line", kLongestLine >> 20);
      }
    }
    if (text.empty() && in_.eof()) return false;
    ++line_;
    json_ = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json_.is_discarded()) {
      const bool last = in_.eof();
      return FailHere("found what is not JSON{}, expected one JSON object", last ? " (is the file cut off?)" : "");
    }
    if (!json_.is_object()) return FailHere("found {}, expected one JSON object", InWords(json_));
    return true;
  }

  // Fields of json_. An error names the field, what was found and what was expected.
  Result<uint64_t> Number(const char* field, uint64_t lowest, uint64_t highest) const {
    const auto found = json_.find(field);
    if (found == json_.end()) {
      return FailHere("found no \"{}\", expected {}", field, NumberFrom(lowest, highest));
    }
    // The type first: a negative or a fractional number would otherwise be converted.
    if (!found->is_number_unsigned() || found->get<uint64_t>() < lowest || found->get<uint64_t>() > highest) {
      return FailHere("found \"{}\": {}, expected {}", field, InWords(*found), NumberFrom(lowest, highest));
    }
    return found->get<uint64_t>();
  }

  Result<std::string> Text(const char* field) const {
    const auto found = json_.find(field);
    if (found == json_.end()) return FailHere("found no \"{}\", expected a text", field);
    std::optional<std::string> text = FromExactText(*found);
    if (!text) return FailHere("found \"{}\": {}, expected a text or {{\"hex\":\"...\"}}", field, InWords(*found));
    return std::move(*text);
  }

  Result<void> ReadHeader() {
    const auto format = json_.find("format");
    if (format == json_.end() || *format != "lockscope-json") {
      return FailHere("found {}, expected \"format\": \"lockscope-json\"",
                      format == json_.end() ? "no \"format\"" : "\"format\": " + InWords(*format));
    }
    const auto version = Number("version", 1, 1);
    if (!version) return tl::make_unexpected(version.error());
    const auto rate = Number("ticks_per_second", 1, UINT64_MAX);
    if (!rate) return tl::make_unexpected(rate.error());
    const auto dropped = Number("dropped_events", 0, UINT64_MAX);
    if (!dropped) return tl::make_unexpected(dropped.error());
    const auto finished = json_.find("finished");
    if (finished == json_.end() || !finished->is_boolean()) {
      return FailHere("found {}, expected \"finished\": true or false",
                      finished == json_.end() ? "no \"finished\"" : "\"finished\": " + InWords(*finished));
    }
    parts_.info.ticks_per_second = *rate;
    parts_.info.dropped_events = *dropped;
    parts_.info.finished = finished->get<bool>();
    for (auto& [field, count] :
         {std::pair("objects", &objects_), std::pair("sites", &sites_), std::pair("events", &count_)}) {
      if (!json_.contains(field)) continue;
      const auto number = Number(field, 0, UINT64_MAX);
      if (!number) return tl::make_unexpected(number.error());
      *count = *number;
    }
    return ReadMeta();
  }

  Result<void> ReadMeta() {
    const auto meta = json_.find("meta");
    if (meta == json_.end() || !meta->is_array()) {
      return FailHere("found {}, expected \"meta\": an array of [key, value]",
                      meta == json_.end() ? "no \"meta\"" : "\"meta\": " + InWords(*meta));
    }
    for (const Json& pair : *meta) {
      const bool is_pair = pair.is_array() && pair.size() == 2;
      const std::optional<std::string> key = is_pair ? FromExactText(pair[0]) : std::nullopt;
      const std::optional<std::string> value = is_pair ? FromExactText(pair[1]) : std::nullopt;
      if (!key || !value) return FailHere("found {} in \"meta\", expected [key, value]", InWords(pair));
      parts_.info.meta.emplace_back(*key, *value);
    }
    return {};
  }

  Result<void> ReadBody() {
    if (json_.contains("kind")) return ReadEvent();
    if (json_.contains("site")) return ReadSite();
    if (json_.contains("object")) return ReadObject();
    return FailHere("found an object without \"kind\", \"site\" or \"object\", expected an event, a site or an object");
  }

  Result<void> ReadObject() {
    if (!parts_.sites.empty() || event_count_ > 0)
      return FailHere("found an object, expected them before sites and events");
    const uint64_t next = parts_.objects.size() + 1;
    if (next > kMaxObjectId) return FailHere("found object {}, expected at most {}", next, kMaxObjectId);
    const auto id = Number("object", next, next);
    if (!id) return tl::make_unexpected(id.error());
    const auto type = Text("type");
    if (!type) return tl::make_unexpected(type.error());
    auto name = Text("name");
    if (!name) return tl::make_unexpected(name.error());
    trace::Object object;
    object.type = trace::ObjectTypeFromName(*type);
    if (object.type == trace::ObjectType::kNone && *type != "none") {
      return FailHere("found \"type\": {}, expected a type such as \"thread\" or \"mutex\"", InWords(json_["type"]));
    }
    object.name = std::move(*name);
    if (json_.contains("class")) {
      auto lock_class = Text("class");
      if (!lock_class) return tl::make_unexpected(lock_class.error());
      object.lock_class = std::move(*lock_class);
    }
    if (json_.contains("parent")) {
      const auto parent = Number("parent", 0, objects_.value_or(kMaxObjectId));
      if (!parent) return tl::make_unexpected(parent.error());
      object.parent = static_cast<ObjectId>(*parent);
    }
    parts_.objects.push_back(std::move(object));
    return {};
  }

  Result<void> ReadSite() {
    if (event_count_ > 0) return FailHere("found a site, expected them before the events");
    const uint64_t next = parts_.sites.size() + 1;
    if (next > kMaxSiteId) return FailHere("found site {}, expected at most {}", next, kMaxSiteId);
    const auto id = Number("site", next, next);
    if (!id) return tl::make_unexpected(id.error());
    auto file = Text("file");
    if (!file) return tl::make_unexpected(file.error());
    auto function = Text("function");
    if (!function) return tl::make_unexpected(function.error());
    const auto line = json_.find("line");
    const bool is_int = line != json_.end() && line->is_number_integer() &&
                        !(line->is_number_unsigned() && line->get<uint64_t>() > INT_MAX) &&
                        line->get<int64_t>() >= INT_MIN;
    if (!is_int) {
      return FailHere("found {}, expected \"line\": a line number",
                      line == json_.end() ? "no \"line\"" : "\"line\": " + InWords(*line));
    }
    parts_.sites.push_back({std::move(*file), static_cast<int>(line->get<int64_t>()), std::move(*function)});
    return {};
  }

  Result<void> ReadEvent() {
    const Json& kind_name = json_["kind"];
    const trace::KindInfo* kind =
        kind_name.is_string() ? trace::FindKind(std::string_view(kind_name.get_ref<const std::string&>())) : nullptr;
    if (kind == nullptr) {
      return FailHere("found \"kind\": {}, expected a kind of event such as \"lock_acquired\"", InWords(kind_name));
    }
    const uint64_t objects = parts_.objects.size();
    const auto ticks = Number("ticks", 0, Event::kTickMask);
    if (!ticks) return tl::make_unexpected(ticks.error());
    const auto thread = Number("thread", 1, objects);
    if (!thread) return tl::make_unexpected(thread.error());
    const auto object = Number("object", 0, objects);
    if (!object) return tl::make_unexpected(object.error());
    const auto arg = Number("arg", 0, kind->arg == trace::ArgType::kObject ? objects : UINT32_MAX);
    if (!arg) return tl::make_unexpected(arg.error());
    const auto site = Number("site", 0, parts_.sites.size());
    if (!site) return tl::make_unexpected(site.error());
    events_[static_cast<ObjectId>(*thread)].push_back(Event::Make(
        *ticks, kind->kind, static_cast<ObjectId>(*object), static_cast<uint32_t>(*arg), static_cast<SiteId>(*site)));
    ++event_count_;
    return {};
  }

  // The header's counts, where it has them: a file cut between two lines is found by nothing else.
  Result<void> CheckWhole() const {
    const auto check = [&](const std::optional<uint64_t>& said, uint64_t found, const char* what) -> Result<void> {
      if (!said || *said == found) return {};
      return Fail("{}:{}: found the end after {} {}, expected {} as the header says{}", name_, line_, found, what,
                  *said, found < *said ? " (is the file cut off?)" : "");
    };
    if (Result<void> ok = check(objects_, parts_.objects.size(), "objects"); !ok) return ok;
    if (Result<void> ok = check(sites_, parts_.sites.size(), "sites"); !ok) return ok;
    return check(count_, event_count_, "events");
  }

  std::istream& in_;
  const std::string& name_;
  size_t line_ = 0;
  Json json_;
  TraceParts parts_;
  std::map<ObjectId, std::vector<Event>> events_;  // By thread.
  uint64_t event_count_ = 0;
  std::optional<uint64_t> objects_, sites_, count_;  // As the header says.
};

}  // namespace

Result<Trace> ImportJsonLines(std::istream& in, const std::string& name) { return Importer(in, name).Run(); }

}  // namespace lockscope::export_
