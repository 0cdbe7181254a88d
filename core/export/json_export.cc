#include <fmt/format.h>

#include <iterator>

#include "core/export/json_lines.h"
#include "core/export/json_text.h"

namespace lockscope::export_ {
namespace {

using trace::Event;
using trace::Object;
using trace::Site;
using trace::Trace;

std::string Header(const Trace& trace) {
  const trace::TraceInfo& info = trace.info();
  std::string text =
      fmt::format(R"({{"format":"lockscope-json","version":1,"ticks_per_second":{},"finished":{},"dropped_events":{},)"
                  R"("objects":{},"sites":{},"events":{},"meta":[)",
                  info.ticks_per_second, info.finished, info.dropped_events, trace.objects().size(),
                  trace.sites().size(), trace.size());
  for (size_t i = 0; i < info.meta.size(); ++i) {
    const auto& [key, value] = info.meta[i];
    text += fmt::format("{}[{},{}]", i > 0 ? "," : "", ExactText(key), ExactText(value));
  }
  return text + "]}\n";
}

std::string ObjectLine(ObjectId id, const Object& object) {
  const std::string_view type = trace::ObjectTypeName(object.type);
  std::string text =
      fmt::format(R"({{"object":{},"type":"{}","name":{})", id, type.empty() ? "none" : type, ExactText(object.name));
  if (!object.lock_class.empty()) text += fmt::format(R"(,"class":{})", ExactText(object.lock_class));
  if (object.parent != kNoObject) text += fmt::format(R"(,"parent":{})", object.parent);
  return text + "}\n";
}

std::string SiteLine(SiteId id, const Site& site) {
  return fmt::format("{{\"site\":{},\"file\":{},\"line\":{},\"function\":{}}}\n", id, ExactText(site.file), site.line,
                     ExactText(site.function));
}

constexpr size_t kChunk = size_t{64} << 10;  // Bytes in one write.

// Names and places as they stand in event lines, made once each.
struct Derived {
  std::vector<std::string> names;   // By object id.
  std::vector<std::string> places;  // By site id.

  explicit Derived(const Trace& trace) : names(1), places(1) {
    for (const Object& object : trace.objects()) names.push_back(ReadableText(object.name));
    for (const Site& site : trace.sites()) places.push_back(ReadableText(site.Place()));
  }
};

void AppendEvent(const Trace& trace, const Derived& derived, size_t step, fmt::memory_buffer& out) {
  const Event& event = trace.event(step);
  const trace::KindInfo& kind = *trace::FindKind(event.kind());
  const ObjectId thread = trace.thread(step);
  auto to = std::back_inserter(out);
  fmt::format_to(to,
                 R"({{"ticks":{},"thread":{},"kind":"{}","object":{},"arg":{},"site":{},"t_ns":{},"thread_name":{})",
                 event.ticks(), thread, kind.name, event.object(), event.arg(), event.site(), trace.TimeNs(step),
                 derived.names[thread]);
  if (event.object() != kNoObject) fmt::format_to(to, R"(,"object_name":{})", derived.names[event.object()]);
  if (kind.arg == trace::ArgType::kObject && event.arg() != kNoObject) {
    fmt::format_to(to, R"(,"arg_name":{})", derived.names[event.arg()]);
  }
  if (event.site() != kUnknownSite) fmt::format_to(to, R"(,"place":{})", derived.places[event.site()]);
  fmt::format_to(to, "}}\n");
}

}  // namespace

Result<void> ExportJsonLines(const Trace& trace, std::ostream& out) {
  const auto written = [&] { return out ? Result<void>() : Fail("the output cannot be written"); };
  out << Header(trace);
  for (ObjectId id = 1; id <= trace.objects().size(); ++id) out << ObjectLine(id, trace.object(id));
  for (SiteId id = 1; id <= trace.sites().size(); ++id) out << SiteLine(id, trace.site(id));

  const Derived derived(trace);
  fmt::memory_buffer buffer;
  for (size_t step = 0; step < trace.size(); ++step) {
    AppendEvent(trace, derived, step, buffer);
    if (buffer.size() < kChunk) continue;
    out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    buffer.clear();
    if (!out) return written();  // A full disk is not written to a million times.
  }
  out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  out.flush();
  return written();
}

}  // namespace lockscope::export_
