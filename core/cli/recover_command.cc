#include <memory>

#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/base/shell_word.h"
#include "core/cli/commands.h"
#include "core/cli/option_checks.h"
#include "core/cli/ring_option.h"
#include "core/cli/unusable.h"
#include "core/trace/recovery.h"
#include "core/trace/ring_file.h"

namespace lockscope::cli {
namespace {

struct Options {
  std::string file;
  std::string out;
  std::vector<std::string> folders;
  bool list = false;
};

constexpr const char* kFooter =
    "A program that is killed leaves its recording in two parts: the file that it was told to record to, and the ring, "
    "a\n"
    "file of shared memory with the last events. Every command reads both together; recover makes them one, and frees "
    "the\n"
    "memory. Without a TRACE it lists the rings in /dev/shm and $XDG_RUNTIME_DIR (and in each folder of --in).\n"
    "\n"
    "Where the file is gone, name the ring instead, and with -o a file for what is in it. To throw a ring away, remove "
    "it.";

// What a person can do about it, one line.
std::string AdviceFor(const trace::FoundRing& ring) {
  const std::string path = ShellWord(ring.path.string());
  if (!ring.readable) return fmt::format("it is no whole ring, and nothing can be read from it: rm {}", path);
  if (ring.writer_lives) return fmt::format("process {} records to {}", ring.pid, ShellWord(ring.out.string()));
  if (ring.out_names_it) return fmt::format("lockscope recover {}", ShellWord(ring.out.string()));
  return fmt::format("{} is gone, moved or another: lockscope recover {} -o OUT", ShellWord(ring.out.string()), path);
}

int List(const Options& options) {
  std::vector<std::filesystem::path> folders = trace::DefaultRingFolders();
  folders.insert(folders.end(), options.folders.begin(), options.folders.end());
  const std::vector<trace::FoundRing> rings = trace::FindRings(folders);
  if (rings.empty()) fmt::print("no recording waits to be recovered\n");
  for (const trace::FoundRing& ring : rings) {
    fmt::print("{}  {}", ring.path.string(), FormatBytes(ring.bytes));
    if (ring.readable) {
      fmt::print(", {}, began {} ago", ring.writer_lives ? "alive" : fmt::format("process {} is gone", ring.pid),
                 analysis::FormatDuration(ring.age_ns));
    }
    fmt::print("\n   {}\n", AdviceFor(ring));
  }
  return 0;
}

int RecoverOne(const Options& options) {
  const Result<trace::Trace> trace = trace::Recover(options.file, options.out);
  if (!trace) return Unusable(trace.error().message);
  fmt::print("recovered {} of {} to {}\n", analysis::Counted(trace->size(), "event"),
             analysis::Counted(trace->threads().size(), "thread"), options.out.empty() ? options.file : options.out);
  if (trace->info().dropped_events > 0) {
    fmt::print("lost     {}\n", analysis::Counted(trace->info().dropped_events, "event"));
  }
  if (!trace->Meta("ring_missing").empty()) fmt::print("lost     the last events: {}\n", trace->Meta("ring_missing"));
  return 0;
}

int RunRecover(const Options& options) {
  if (options.file.empty() || options.list) {
    if (!options.out.empty()) return Unusable("-o is for what is recovered from a ring; name the ring");
    return List(options);
  }
  return RecoverOne(options);
}

}  // namespace

void AddRecover(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "recover", "Finish the recording of a program that was killed, or list what waits");
  command->footer(kFooter);
  command->add_option("TRACE", options->file, "The recording, or a ring whose recording is gone");
  command->add_option("-o,--out", options->out, "Of a ring: where its events go")->type_name("OUT")->check(NotEmpty());
  command->add_flag("--list", options->list, "List the rings that are there");
  command->add_option("--in", options->folders, "List those in this folder, too")->type_name("FOLDER");
  command->callback([options, &run] { run = [options] { return RunRecover(*options); }; });
}

}  // namespace lockscope::cli
