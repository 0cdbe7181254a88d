#include <fmt/format.h>

#include <iterator>

#include "core/export/csv.h"
#include "core/export/json_text.h"

namespace lockscope::export_ {
namespace {

using trace::Event;
using trace::Trace;

constexpr size_t kChunk = size_t{64} << 10;  // Bytes in one write.

// In quotes where it has to be; a quote in it is doubled.
std::string Cell(std::string_view bytes) {
  std::string text = ValidText(bytes);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

Result<void> ExportCsv(const Trace& trace, std::ostream& out) {
  std::vector<std::string> names(1);   // By object id.
  std::vector<std::string> places(1);  // By site id.
  for (const trace::Object& object : trace.objects()) names.push_back(Cell(object.name));
  for (const trace::Site& site : trace.sites()) places.push_back(Cell(site.Place()));

  fmt::memory_buffer buffer;
  const auto to = std::back_inserter(buffer);
  fmt::format_to(to, "step,ticks,t_ns,thread,thread_name,kind,object,object_name,arg,arg_name,site,place\r\n");
  for (size_t step = 0; step < trace.size() && out; ++step) {
    const Event& event = trace.event(step);
    const ObjectId thread = trace.thread(step);
    const trace::KindInfo& kind = *trace::FindKind(event.kind());
    const std::string_view arg_name = kind.arg == trace::ArgType::kObject ? names[event.arg()] : std::string_view();
    fmt::format_to(to, "{},{},{},{},{},{},{},{},{},{},{},{}\r\n", step + 1, event.ticks(), trace.TimeNs(step), thread,
                   names[thread], kind.name, event.object(), names[event.object()], event.arg(), arg_name, event.site(),
                   places[event.site()]);
    if (buffer.size() < kChunk) continue;
    out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    buffer.clear();
  }
  out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  out.flush();
  return out ? Result<void>() : Fail("the output cannot be written");
}

}  // namespace lockscope::export_
