// A controlled run of a scenario: the daemon and its clients on one OS thread, in virtual time, in the order of a schedule.
//
// The same scenario and schedule give the same recording, byte by byte, whoever compiled the program. One run at a time in
// a process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/scenario/scenario.h"
#include "core/scenario/script_strategy.h"
#include "core/sched/controlled_runtime.h"
#include "core/trace/trace.h"

namespace lockscope::scenario {

// What happened in a run and is no event of its recording.
struct RunNote {
  enum class What : uint8_t {
    kWoken,  // The schedule ended the thread's wait on a condition, though nobody had signalled it.
    kStops,  // The thread, a client program, waits for bytes or for a time.
  };
  What what{};
  std::string thread;          // As a script calls it.
  uint64_t events_before = 0;  // That had been recorded.
};

struct ControlledRun {
  trace::Trace trace;
  sched::RunEnd end = sched::RunEnd::kFinished;
  std::vector<uint32_t> choices;          // A Replay of them is this run again.
  std::vector<RunNote> notes;             // In order, if they were asked for.
  std::vector<ScheduleProblem> problems;  // Of the schedule.
};

struct ControlledOptions {
  std::filesystem::path out;  // Where the recording goes; empty: only into the result.
  std::vector<std::pair<std::string, std::string>> meta;
  // A run in which no call of a client is answered for so many steps goes on for ever …
  uint64_t max_steps_between_answers = 1'000'000;
  // … and one of so many is refused, however much is answered: its recording would fill the memory, and whoever looks at it
  // would have to wait for each picture. Looked at whenever the number above has been made once more.
  uint64_t max_steps = 10'000'000;
  bool build_trace = true;  // Else what was recorded is let go, for those who only want to know how the run ended.
  bool take_notes = false;  // They take time, with each event.
};

// Under the guard policy that is set (core/sync/guard.h). Fails where the recording cannot be written or the schedule cannot
// be read.
Result<ControlledRun> RunControlled(const Scenario& scenario, const ControlledOptions& options);

// "finished", "stuck", "step limit": the recording's `end`.
std::string_view EndName(sched::RunEnd end);

}  // namespace lockscope::scenario
