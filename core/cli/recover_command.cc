#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "core/analysis/explain.h"
#include "core/analysis/phrases.h"
#include "core/base/shell_word.h"
#include "core/cli/commands.h"
#include "core/cli/ring_option.h"
#include "core/cli/say_lost.h"
#include "core/cli/unusable.h"
#include "core/trace/recovery.h"
#include "core/trace/ring_file.h"

namespace lockscope::cli {
namespace {

// What a person can do about it, one line.
std::string AdviceFor(const trace::FoundRing& ring) {
  const std::string path = ShellWord(ring.path.string());
  if (!ring.readable) return fmt::format("it is no whole ring, and nothing can be read from it: rm {}", path);
  if (ring.writer_lives) return fmt::format("process {} records to {}", ring.pid, ShellWord(ring.out.string()));
  if (ring.out_names_it) return fmt::format("lockscope recover {}", ShellWord(ring.out.string()));
  return fmt::format("{} is gone, moved or another: lockscope recover {} -o OUT", ShellWord(ring.out.string()), path);
}

int List(const RecoverOptions& options) {
  std::vector<std::filesystem::path> folders = trace::DefaultRingFolders();
  for (const std::string& folder : options.folders) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) return Unusable(folder + ": is no folder, and --in wants one");
    folders.emplace_back(folder);
  }
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

int RecoverOne(const RecoverOptions& options) {
  const Result<trace::Trace> trace = trace::Recover(options.file, options.out);
  if (!trace) return Unusable(trace.error().message);
  fmt::print("recovered {} of {} to {}\n", analysis::Counted(trace->size(), "event"),
             analysis::Counted(trace->threads().size(), "thread"), options.out.empty() ? options.file : options.out);
  SayLost(*trace);
  if (!trace->Meta("ring_missing").empty()) fmt::print("lost     the last events: {}\n", trace->Meta("ring_missing"));
  return 0;
}

}  // namespace

int Recover(const RecoverOptions& options) {
  if (options.file.empty() || options.list) {
    if (!options.out.empty()) return Unusable("-o is for what is recovered from a ring; name the ring");
    return List(options);
  }
  return RecoverOne(options);
}

}  // namespace lockscope::cli
