#include <errno.h>
#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "core/base/printable.h"
#include "core/base/shell_word.h"
#include "core/cli/commands.h"
#include "core/cli/unusable.h"
#include "core/scenario/json_tree.h"

namespace lockscope::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchema = "scenario-1.schema.json";

// Runs as it stands, and shows each thing that a scenario can say once.
constexpr std::string_view kDocument = R"({
  "$schema": "SCHEMA",
  "title": "One worker, two clients",
  "story": "Alice sends two calls at once. While the one worker makes the first, the others wait.",
  "daemon": { "workers": 1 },
  "driver": { "hostname": "20ms", "domain_list": "5ms" },
  "clients": {
    "alice": { "calls": ["hostname", "domain_list"], "pipelined": true },
    "bob": { "calls": ["version"] }
  },
  "schedule": [
    { "run": "loop", "until": "queues hostname",
      "say": "A whole call has arrived: it goes on alice's dx queue." },
    { "run": "worker-1", "until": "begins hostname",
      "say": "The worker has taken it and makes the driver call. It holds no lock." },
    { "run": "loop", "until": "queues domain_list",
      "say": "The loop has time for alice's next call. It has to wait for the worker." }
  ],
  "expect": { "outcome": "clean", "breaks": [], "served": 3 }
}
)";

// The schema beside the new file, in a folder scenarios/ there or above, or in that of the tree that this program was
// built in.
fs::path FindSchema(const fs::path& folder) {
  std::error_code error;
  for (fs::path above = folder; !above.empty(); above = above.parent_path()) {
    for (const fs::path& candidate : {above / kSchema, above / "scenarios" / kSchema}) {
      if (fs::exists(candidate, error)) return candidate;
    }
    if (above == above.root_path()) break;
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path built = (program / "../../../../scenarios" / kSchema).lexically_normal();
  return fs::exists(built, error) ? built : fs::path();
}

// The path as a JSON text, without its quotes. Without a schema the name alone: it still says the version.
std::string SchemaPath(const fs::path& folder) {
  const fs::path schema = FindSchema(folder);
  std::string json;
  for (const char c : schema.empty() ? std::string(kSchema) : schema.lexically_relative(folder).generic_string()) {
    if (static_cast<unsigned char>(c) < 0x20) return std::string(kSchema);
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json;
}

}  // namespace

int NewScenario(const std::string& name) {
  if (std::ranges::any_of(name, IsControl))
    return Unusable(fmt::format("{}: a file's name without control characters was expected", scenario::Quoted(name)));
  const fs::path file = name.ends_with(".json") ? fs::path(name) : fs::path(name + ".json");
  const fs::path last = fs::path(name).filename();
  if (file.filename() == ".json" || last.empty() || last == "." || last == "..")
    return Unusable(fmt::format("'{}': a file's name was expected", name));
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(fs::absolute(file).parent_path(), error);
  std::string text(kDocument);
  text.replace(text.find("SCHEMA"), 6, SchemaPath(folder));

  FILE* out = ::fopen(file.c_str(), "wx");  // x: never over a file that is there.
  if (out == nullptr && errno == EEXIST) {
    return Unusable(fmt::format("{}: is there already; another name was expected: lockscope new NAME", file.string()));
  }
  if (out == nullptr) return Unusable(fmt::format("{}: cannot be created: {}", file.string(), ErrnoText(errno)));
  const bool written = ::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (::fclose(out) != 0 || !written) {
    const int why = errno;
    fs::remove(file, error);  // Half a scenario would stand in the way of the next try.
    return Unusable(fmt::format("{}: cannot be written: {}", file.string(), ErrnoText(why)));
  }
  const std::string recording = file.stem().string() + ".lockscope";
  fmt::print("{}: a scenario that runs as it stands. Run it, look at it:\n\n", file.string());
  fmt::print("  lockscope run {}\n  lockscope view {}\n", ShellWord(file.string()), ShellWord(recording));
  return 0;
}

}  // namespace lockscope::cli
