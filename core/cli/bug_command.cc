#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/text_layout.h"
#include "core/base/check.h"
#include "core/cli/commands.h"
#include "core/cli/embedded_sources.h"
#include "core/cli/function_text.h"
#include "core/cli/side_by_side.h"
#include "core/cli/terminal.h"
#include "core/cli/unusable.h"
#include "core/daemon/bugs/catalog.h"
#include "core/scenario/known_calls.h"

namespace lockscope::cli {
namespace {

using daemon::Bug;
using daemon::CodePlace;

constexpr size_t kWidestText = 100;  // Prose in longer lines is hard to read.

std::string_view SourceOf(const CodePlace& place) {
  const auto sources = EmbeddedSources();
  const auto source = std::ranges::find(sources, place.file, &EmbeddedSource::file);
  LS_CHECK(source != sources.end(), "{} is in the catalog of bugs, but not in the program", place.file);
  return source->text;
}

CodeColumn Column(std::string_view what, const CodePlace& place) {
  const std::optional<FunctionText> function = FindFunction(SourceOf(place), place.function);
  LS_CHECK(function.has_value(), "{} is in the catalog of bugs, but not in {}", place.function, place.file);
  const size_t class_end = place.function.find("::") + 2;
  return {fmt::format("{}: {}:{}", what, place.file, function->line), function->lines,
          std::string(place.function.substr(0, class_end))};
}

void PrintWrapped(const std::string& text, size_t width, size_t indent = 0) {
  for (const std::string& line : analysis::Wrap(text, std::min(width, kWidestText) - indent)) {
    fmt::print("{}{}\n", std::string(indent, ' '), line);
  }
}

int ListBugs() {
  size_t longest = 0;
  for (const Bug& bug : daemon::AllBugs()) longest = std::max(longest, bug.name.size());
  const size_t width = std::max<size_t>(StandardOutput().width, 60);
  const size_t indent = longest + 8;
  fmt::print("{:<{}}  {:<4}  {}\n", "bug", longest, "rule", "what the code does");
  for (const Bug& bug : daemon::AllBugs()) {
    std::string rest;
    for (const std::string& line : analysis::Wrap(std::string(bug.title), width - indent)) {
      rest += (rest.empty() ? "" : "\n" + std::string(indent, ' ')) + line;
    }
    fmt::print("{:<{}}  {:<4}  {}\n", bug.name, longest, bug.breaks.substr(0, bug.breaks.find(' ')), rest);
  }
  fmt::print("\nlockscope bug NAME shows it beside the correct code.\n");
  return 0;
}

int ShowBug(const std::string& name) {
  const Bug* bug = daemon::FindBug(name);
  if (bug == nullptr) {
    std::vector<std::string> names;
    for (const Bug& known : daemon::AllBugs()) names.emplace_back(known.name);
    const std::string nearest = scenario::NearestName(name, names);
    return Unusable(nearest.empty() ? fmt::format("unknown bug '{}'; lockscope bug lists them", name)
                                    : fmt::format("unknown bug '{}'; did you mean '{}'?", name, nearest));
  }
  const Terminal terminal = StandardOutput();
  const size_t width = std::max<size_t>(terminal.width, 40);
  PrintWrapped(fmt::format("{}: {}", bug->name, bug->title), width);
  PrintWrapped(bug->breaks.empty() ? "No rule stands against it." : fmt::format("Breaks {}.", bug->breaks), width);
  fmt::print("\n");
  PrintWrapped(OpeningComment(SourceOf(bug->buggy)), width, 2);
  fmt::print("\n");
  const std::vector<std::string> lines =
      SideBySide(Column("the bug", bug->buggy), Column("the correct code", bug->correct), width, terminal.colour);
  for (const std::string& line : lines) fmt::print("{}\n", line);
  return 0;
}

}  // namespace

int ShowBugs(const std::optional<std::string>& name) { return name ? ShowBug(*name) : ListBugs(); }

}  // namespace lockscope::cli
