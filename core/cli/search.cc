#include "core/cli/search.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <variant>

#include "core/base/shell_word.h"
#include "core/cli/unusable.h"
#include "core/scenario/daemon_setup.h"
#include "core/scenario/reproduction.h"
#include "core/scenario/scenario_reader.h"
#include "core/scenario/scenario_writer.h"

namespace lockscope::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxShorteningRuns = 3'000;

// A line that is written over, for a person who waits; nothing in a file or a pipe.
class Progress {
 public:
  ~Progress() {
    if (is_shown_) fmt::print(stderr, "\r\x1b[K");
  }
  void Say(const std::string& text) {
    if (!is_terminal_) return;
    is_shown_ = true;
    fmt::print(stderr, "\r{}\x1b[K", text);
    std::fflush(stderr);
  }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool is_shown_ = false;
};

// While it lives, Ctrl-C ends the search, or the shortening, behind the run that is under way; a second one ends the program on
// the spot.
class CtrlC {
 public:
  CtrlC() {
    came_ = false;
    struct sigaction action {};
    action.sa_handler = [](int /*number*/) { came_ = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    ::sigaction(SIGINT, nullptr, &before_);
    if (before_.sa_handler != SIG_IGN) ::sigaction(SIGINT, &action, nullptr);  // NOLINT: the C library's macro.
  }
  ~CtrlC() { ::sigaction(SIGINT, &before_, nullptr); }
  CtrlC(const CtrlC&) = delete;
  CtrlC& operator=(const CtrlC&) = delete;

  static bool Came() { return came_; }

 private:
  static inline std::atomic<bool> came_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler must not wait");
  struct sigaction before_ {};
};

Result<scenario::SearchResult> Search(const SearchRequest& request, const scenario::Scenario& scenario) {
  const CtrlC ctrl_c;
  Progress progress;
  const uint64_t all = request.seeds.last - request.seeds.first;
  return scenario::SearchSeeds(
      scenario,
      {request.seeds, request.until,
       [&](const scenario::SearchResult& result) {
         if (result.runs % 16 != 1) return;
         progress.Say(fmt::format(
             "{} of {} seeds{}", result.runs, all + 1,
             result.found ? fmt::format(", {} by seed {}", result.found->finding.came.outcome, result.found->seed)
                          : ""));
       },
       CtrlC::Came});
}

void PrintTable(const SearchRequest& request, const scenario::SearchResult& result, const std::string& title) {
  const std::string runs = result.runs == 1 ? fmt::format("1 controlled run, seed {}", result.last_seed)
                                            : fmt::format("{} controlled runs, seeds {} to {}", result.runs,
                                                          request.seeds.first, result.last_seed);
  fmt::print("{}\n{}\n\n", title, runs);
  fmt::print("outcome             runs  first seed\n");
  for (const scenario::OutcomeCount& row : result.outcomes) {
    fmt::print("{:16}  {:>6}  {:>10}\n", row.outcome, row.runs, row.first_seed);
  }
}

size_t StepsOf(const scenario::Schedule& schedule) {
  const auto* script = std::get_if<scenario::Script>(&schedule);
  return script == nullptr ? 0 : script->size();
}

// "Of 214 choices 3 matter: …".
std::string HowItWasShortened(const scenario::Reproduction& found, const std::string& file) {
  const char* const limit = !found.hit_limit ? ""
                            : CtrlC::Came()  ? " It may be shorter still: you stopped it."
                                             : " It may be shorter still: the number of tries is limited.";
  if (std::holds_alternative<scenario::RoundRobin>(found.scenario.schedule)) {
    return fmt::format("Of {} choices none matters: the plain order of turns shows it, too. {} is the scenario.",
                       found.choices, file);
  }
  if (const auto* replay = std::get_if<scenario::Replay>(&found.scenario.schedule)) {
    return fmt::format("{}: {} replays the first {} of {} choices.{}",
                       CtrlC::Came() ? "It was not said as a script" : "No script brings it back", file, replay->size(),
                       found.choices, limit);
  }
  const size_t steps = StepsOf(found.scenario.schedule);
  return fmt::format("Of {} choices {} {}: {} has {} as a script.{}", found.choices, steps,
                     steps == 1 ? "matters" : "matter", file, steps == 1 ? "it" : "them", limit);
}

void PrintScript(const scenario::Schedule& schedule) {
  const auto* script = std::get_if<scenario::Script>(&schedule);
  if (script == nullptr) return;
  constexpr size_t kMostSteps = 12;
  for (size_t i = 0; i < std::min(script->size(), kMostSteps); ++i) {
    const scenario::ScheduleStep& step = (*script)[i];
    const std::string times = step.times > 1 ? fmt::format(", {} times", step.times) : "";
    fmt::print("  {:10} until  {}{}\n", step.run, step.until, times);
  }
  if (script->size() > kMostSteps) fmt::print("  … and {} more\n", script->size() - kMostSteps);
}

// Where the schema is, seen from the folder of a new scenario: beside the scenario that was searched, if it is there.
fs::path SchemaFolder(const fs::path& searched, const fs::path& found) {
  std::error_code error;
  const fs::path folder = searched.parent_path().empty() ? fs::path(".") : searched.parent_path();
  if (!fs::exists(folder / "scenario-1.schema.json", error)) return {};
  const fs::path from = found.parent_path().empty() ? fs::path(".") : found.parent_path();
  const fs::path relative = fs::relative(folder, from, error);
  return error || relative == "." ? fs::path() : relative;
}

// Where what was found goes, without its ending: a scenario that is there and says something else is left alone, somebody may
// have gone on with it.
std::string FreeStem(const fs::path& out, const scenario::Scenario& found) {
  const std::string wanted = fs::path(out).replace_extension().string() + ".found";
  for (int number = 1;; ++number) {
    std::string stem = number == 1 ? wanted : fmt::format("{}-{}", wanted, number);
    std::error_code error;
    const fs::path file = stem + ".json";
    if (!fs::exists(fs::symlink_status(file, error))) return stem;
    if (!fs::is_regular_file(file, error)) continue;
    const Result<scenario::Scenario> there = scenario::ReadScenario(file);
    if (there && *there == found) return stem;
  }
}

int WriteFound(const SearchRequest& request, const scenario::Scenario& scenario, const scenario::Found& first) {
  Result<scenario::Reproduction> found = [&] {
    const CtrlC ctrl_c;
    Progress progress;
    progress.Say(fmt::format("shortening what seed {} found", first.seed));
    return scenario::Reproduce(scenario, first.run, first.finding, {kMaxShorteningRuns, CtrlC::Came});
  }();
  if (!found) return Unusable(fmt::format("seed {}: {}", first.seed, found.error().message));
  found->scenario.title = fmt::format("{}: what seed {} found", scenario.title, first.seed);
  found->scenario.story =
      fmt::format("Searched for, and shortened to what matters. It ends so: {}.", found->finding.came.outcome);
  const fs::path schema_folder = SchemaFolder(request.file, request.out);
  const std::string stem = FreeStem(request.out, found->scenario);
  const std::string file = stem + ".json";
  const std::string recording = stem + ".lockscope";
  // One that is there says the same, and may be laid out as somebody likes it.
  if (std::error_code error; !fs::exists(file, error)) {
    if (Result<void> written = scenario::WriteScenario(found->scenario, file, schema_folder); !written)
      return Unusable(written.error().message);
  }
  const std::string name = fs::path(file).filename().string();
  scenario::ControlledOptions how;
  how.out = recording;
  how.meta = scenario::MetaFor(found->scenario, "controlled", name);
  if (const Result<scenario::ControlledRun> run = scenario::RunControlled(found->scenario, how); !run)
    return Unusable(run.error().message);
  fmt::print("{}\n", HowItWasShortened(*found, file));
  PrintScript(found->scenario.schedule);
  fmt::print("\nnext   lockscope run {}\n       lockscope view {}\n", ShellWord(file), ShellWord(recording));
  return CtrlC::Came() ? 128 + SIGINT : 1;
}

}  // namespace

int SearchForFinding(const SearchRequest& request, const scenario::Scenario& scenario) {
  const Result<scenario::SearchResult> result = Search(request, scenario);
  if (!result) return Unusable(result.error().message);
  if (result->is_cut_short) {
    fmt::print(stderr, "lockscope: stopped after seed {} of {}..{}; {}\n", result->last_seed, request.seeds.first,
               request.seeds.last,
               result->found ? fmt::format("the gravest so far: {} by seed {}", result->found->finding.came.outcome,
                                           result->found->seed)
                             : "all runs so far were clean");
    return 128 + SIGINT;
  }
  PrintTable(request, *result, scenario.title);
  if (!request.until.empty() && request.until != "any") {
    const bool wants_clean = request.until == "clean";
    const bool came =
        std::ranges::find(result->outcomes, request.until, &scenario::OutcomeCount::outcome) != result->outcomes.end();
    if (!came) fmt::print("\nNo run of these was '{}'.\n", request.until);
    if (!came || wants_clean) return came == wants_clean ? 0 : 1;
  }
  if (!result->found) return 0;
  fmt::print("\nSeed {}: {}\n\n", result->found->seed, result->found->finding.sentence);
  return WriteFound(request, scenario, *result->found);
}

}  // namespace lockscope::cli
