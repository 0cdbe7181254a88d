#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>

#include "core/analysis/timeline.h"
#include "core/base/shell_word.h"
#include "core/cli/commands.h"
#include "core/cli/unusable.h"
#include "core/export/csv.h"
#include "core/export/json_lines.h"
#include "core/export/output_file.h"
#include "core/export/perfetto.h"
#include "core/trace/trace_file.h"

namespace lockscope::cli {
namespace {

constexpr int kFirstOfRecording = 0x89;  // The byte that no text begins with: core/trace/FORMAT.md.

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored);
}

Result<void> Write(const trace::Trace& trace, const std::string& format, std::ostream& out) {
  if (format == "perfetto") return export_::ExportPerfetto(analysis::Timeline(trace), out);
  if (format == "csv") return export_::ExportCsv(trace, out);
  return export_::ExportJsonLines(trace, out);
}

}  // namespace

int Export(const ExportOptions& options) {
  const Result<trace::Trace> trace = trace::ReadTrace(options.in);
  if (!trace) return Unusable(trace.error().message);
  if (options.out == "-") {
    const Result<void> written = Write(*trace, options.format, std::cout);
    return written && std::cout.flush() ? 0 : Unusable("standard output cannot be written");
  }
  if (IsSameFile(options.in, options.out)) return Unusable(options.out + ": this is the recording itself");
  const Result<void> written =
      export_::WriteFile(options.out, [&](std::ostream& out) { return Write(*trace, options.format, out); });
  return written ? 0 : Unusable(written.error().message);
}

int Import(const ImportOptions& options) {
  const bool is_piped = options.in == "-";
  std::ifstream file;
  if (!is_piped) {
    if (IsSameFile(options.in, options.out)) return Unusable(options.out + ": this is the file to import itself");
    std::error_code ignored;
    if (std::filesystem::is_directory(options.in, ignored)) return Unusable(options.in + ": is a folder");
    file.open(options.in, std::ios::binary);
    if (!file) return Unusable(fmt::format("{}: cannot be opened: {}", options.in, ErrnoText(errno)));
  }
  std::istream& in = is_piped ? std::cin : file;
  const std::string name = is_piped ? "standard input" : options.in;
  if (in.peek() == kFirstOfRecording) {
    return Unusable(fmt::format("{}: this is a recording, no exported JSON{}", name,
                                is_piped ? "" : "; try: lockscope check " + ShellWord(name)));
  }
  if (in.eof()) in.clear();  // An empty file has its own words.
  const Result<trace::Trace> trace = export_::ImportJsonLines(in, name);
  if (!trace) return Unusable(trace.error().message);
  const Result<void> written = trace::WriteTrace(*trace, options.out);
  return written ? 0 : Unusable(written.error().message);
}

}  // namespace lockscope::cli
