#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "core/analysis/timeline.h"
#include "core/cli/commands.h"
#include "core/cli/unusable.h"
#include "core/export/csv.h"
#include "core/export/json_lines.h"
#include "core/export/output_file.h"
#include "core/export/perfetto.h"
#include "core/trace/trace_file.h"

namespace lockscope::cli {
namespace {

struct Options {
  std::string in;
  std::string out;
  std::string format = "json";
};

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored);
}

Result<void> Write(const trace::Trace& trace, const std::string& format, std::ostream& out) {
  if (format == "perfetto") return export_::ExportPerfetto(analysis::Timeline(trace), out);
  if (format == "csv") return export_::ExportCsv(trace, out);
  return export_::ExportJsonLines(trace, out);
}

int Export(const Options& options) {
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

int Import(const Options& options) {
  if (IsSameFile(options.in, options.out)) return Unusable(options.out + ": this is the file to import itself");
  std::error_code ignored;
  if (std::filesystem::is_directory(options.in, ignored)) return Unusable(options.in + ": is a folder");
  std::ifstream in(options.in, std::ios::binary);
  if (!in) return Unusable(fmt::format("{}: cannot be opened: {}", options.in, ErrnoText(errno)));
  const Result<trace::Trace> trace = export_::ImportJsonLines(in, options.in);
  if (!trace) return Unusable(trace.error().message);
  const Result<void> written = trace::WriteTrace(*trace, options.out);
  return written ? 0 : Unusable(written.error().message);
}

}  // namespace

void AddExport(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "export", "Write a recording for other tools: JSON lines, Perfetto, CSV");
  command->add_option("TRACE", options->in, "The recording")->required();
  command
      ->add_option("--to", options->format,
                   "json: one object a line, for jq; import reads it back. perfetto: for ui.perfetto.dev and its trace "
                   "processor. csv: one row an event")
      ->check(CLI::IsMember({"json", "perfetto", "csv"}))
      ->capture_default_str();
  command->add_option("-o,--out", options->out, "The file to write; - for standard output")->required();
  command->callback([options, &run] { run = [options] { return Export(*options); }; });
}

void AddImport(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "import", "Make a recording of exported JSON lines again");
  command->add_option("JSON", options->in, "What export wrote")->required();
  command->add_option("-o,--out", options->out, "The recording to write")->required();
  command->callback([options, &run] { run = [options] { return Import(*options); }; });
}

}  // namespace lockscope::cli
