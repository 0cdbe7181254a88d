#include "core/scenario/controlled_run.h"

#include <signal.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "core/base/check.h"
#include "core/daemon/leader.h"
#include "core/scenario/client_program.h"
#include "core/scenario/controlled_listener.h"
#include "core/scenario/daemon_setup.h"
#include "core/scenario/script_strategy.h"
#include "core/scenario/scripted_handshake.h"
#include "core/sync/guard.h"
#include "core/trace/recorder.h"
#include "core/trace/recording_place.h"
#include "core/trace/run_log.h"
#include "core/trace/trace_file.h"

namespace lockscope::scenario {
namespace {

Result<std::unique_ptr<rpc::Transport>> Connect(ControlledListener& listener, const ClientScript& script) {
  Result<std::unique_ptr<rpc::Transport>> transport = listener.Connect(script.name, script.tls);
  if (!transport || !script.tls) return transport;
  if (Result<void> shaken = ShakeHands(**transport, *script.tls); !shaken) return tl::make_unexpected(shaken.error());
  return transport;
}

// How many of the calls in the file have been answered, or refused, so far.
using CountAnswers = std::function<uint64_t()>;

// The whole program of a run: what the leader's thread does. `count_answers` can be asked as long as the runtime runs.
void RunDaemon(const Scenario& scenario, sched::ControlledRuntime& runtime, CountAnswers& count_answers) {
  sync::AssertNothingHeld();
  sched::ControlledPoller poller(runtime);
  ControlledListener listener(runtime, poller);
  const daemon::Parts parts = PartsFor(scenario);
  const std::unique_ptr<daemon::MemoryDriver> driver = parts.memory_driver(DriverConfigFor(scenario), sync::SleepFor);
  daemon::Leader leader(ServerOptionsFor(scenario), poller, listener, *driver, parts);
  const Result<void> prepared = leader.Prepare();
  LS_CHECK(prepared.has_value(), "a daemon in memory cannot be prepared");
  std::atomic<size_t> clients_left{scenario.clients.size()};  // The programs end in any order, ordered by nothing.
  std::vector<std::unique_ptr<ClientProgram>> clients;
  for (const ClientScript& script : scenario.clients) {
    clients.push_back(std::make_unique<ClientProgram>(
        script, [&listener, &script] { return Connect(listener, script); },
        [&] {
          // The last client ends the daemon the way an administrator does.
          if (clients_left.fetch_sub(1) == 1 && EndsWithItsClients(scenario)) poller.RaiseSignal(SIGTERM);
        }));
  }
  const std::unique_ptr<sync::Thread> administrator =
      StartAdministrator(scenario, [&poller] { poller.RaiseSignal(SIGTERM); });
  count_answers = [&clients] {
    uint64_t answers = 0;
    for (const auto& client : clients) answers += client->answered() + client->refused();
    return answers;
  };
  leader.Run();
  if (administrator != nullptr) administrator->Join();
  for (const auto& client : clients) client->Join();
  count_answers = [answers = count_answers()] { return answers; };  // There are steps left, but the clients go now.
}

// Where the run goes: into memory, and from there to the file; or, where a broken rule is to abort the program, into the
// file as it happens, so that it is there afterwards.
class Recording {
 public:
  static Result<Recording> Start(const ControlledOptions& options) {
    Recording made(options);
    if (options.out.empty() || sync::CurrentGuardPolicy() == sync::GuardPolicy::kRecord) {
      // Asked before the run, which may take its time, and again when it is written.
      if (!options.out.empty()) {
        if (const auto place = trace::PlaceForRecording(options.out); !place) return tl::make_unexpected(place.error());
      }
      made.log_ = std::make_unique<trace::RunLog>();
      if (Result<void> started = made.log_->Start(); !started) return tl::make_unexpected(started.error());
      return made;
    }
    Result<std::unique_ptr<trace::Recorder>> recorder =
        trace::Recorder::Start(options.out, options.meta, trace::Recorder::Clock::kVirtual);
    if (!recorder) return tl::make_unexpected(recorder.error());
    made.recorder_ = std::move(*recorder);
    return made;
  }

  trace::RunLog* log() const { return log_.get(); }

  Result<trace::Trace> Finish(trace::RunLog::Meta more, bool write) {
    if (recorder_ != nullptr) {
      for (const auto& [key, value] : more) recorder_->AddMeta(key, value);
      return recorder_->Finish();
    }
    log_->Stop();
    trace::RunLog::Meta meta = options_->meta;
    meta.insert(meta.end(), more.begin(), more.end());
    Result<trace::Trace> trace = log_->Build(std::move(meta));
    if (!trace || options_->out.empty() || !write) return trace;
    if (Result<void> written = WriteTrace(*trace, options_->out); !written) return tl::make_unexpected(written.error());
    return trace;
  }

 private:
  explicit Recording(const ControlledOptions& options) : options_(&options) {}
  const ControlledOptions* options_;
  std::unique_ptr<trace::RunLog> log_;
  std::unique_ptr<trace::Recorder> recorder_;
};

// Another strategy, and notes of what its run leaves out of the recording.
class NotingStrategy final : public sched::Strategy {
 public:
  NotingStrategy(sched::Strategy& strategy, std::vector<RunNote>& notes) : strategy_(strategy), notes_(notes) {}

  uint32_t Choose(const sched::Question& question) override {
    const uint32_t choice = strategy_.Choose(question);
    complaint_ = strategy_.complaint();
    if (choice < question.options.size() && question.options[choice].kind == sched::Option::Kind::kWake) {
      Note(RunNote::What::kWoken, question.threads[question.options[choice].thread]);
    }
    return choice;
  }
  bool wants_spurious_wakeups() const override { return strategy_.wants_spurious_wakeups(); }
  bool wants_standing() const override { return strategy_.wants_standing(); }
  bool wants_events() const override { return true; }
  void OnEvent(ObjectId thread, trace::EventKind kind, ObjectId object, uint32_t arg) override {
    ++events_;
    if (strategy_.wants_events()) strategy_.OnEvent(thread, kind, object, arg);
  }
  void OnBlocked(std::span<const sched::ThreadInfo> threads, uint32_t thread) override {
    if (threads[thread].role == trace::Role::kClientProgram) Note(RunNote::What::kStops, threads[thread]);
    strategy_.OnBlocked(threads, thread);
  }

 private:
  void Note(RunNote::What what, const sched::ThreadInfo& thread) {
    notes_.push_back({what, ScriptName(thread), events_});
  }

  sched::Strategy& strategy_;
  std::vector<RunNote>& notes_;
  uint64_t events_ = 0;
};

Result<std::unique_ptr<sched::Strategy>> StrategyFor(const Scenario& scenario, ScriptStrategy*& script) {
  script = nullptr;
  if (const Seed* seed = std::get_if<Seed>(&scenario.schedule)) return sched::MakeSeeded(seed->value);
  if (const Replay* replay = std::get_if<Replay>(&scenario.schedule)) return sched::MakeReplay(*replay);
  if (const Script* steps = std::get_if<Script>(&scenario.schedule)) {
    Result<std::unique_ptr<ScriptStrategy>> made = ScriptStrategy::Make(*steps);
    if (!made) return tl::make_unexpected(made.error());
    script = made->get();
    return std::unique_ptr<sched::Strategy>(std::move(*made));
  }
  return sched::MakeRoundRobin();
}

// What is wrong with a replay that had more choices than its run had questions; empty: nothing.
std::string ChoicesLeft(const Schedule& schedule, size_t used) {
  const Replay* const replay = std::get_if<Replay>(&schedule);
  if (replay == nullptr || replay->size() <= used) return "";
  const size_t left = replay->size() - used;
  return fmt::format("schedule: {} of the replay's {} choices {} not used: the run had ended", left, replay->size(),
                     left == 1 ? "was" : "were");
}

// Decides, whenever a run has made so many steps more, whether it goes in a circle or has merely much to do.
class LengthLimit {
 public:
  LengthLimit(const ControlledOptions& options, const CountAnswers& count_answers)
      : options_(options), count_answers_(count_answers) {}

  bool StillMoves() {
    const uint64_t before = std::exchange(answers_, count_answers_ ? count_answers_() : 0);
    steps_ += options_.max_steps_between_answers;
    is_too_long_ = answers_ > before && steps_ >= options_.max_steps;
    return answers_ > before && !is_too_long_;
  }
  // What is wrong with the scenario then; empty: nothing.
  std::string Complaint(const Scenario& scenario) const {
    if (!is_too_long_) return "";
    uint64_t calls = 0;
    for (const ClientScript& client : scenario.clients) calls += client.calls.size();
    return fmt::format(
        "the run is longer than a controlled one may be: after {} steps {} of {} calls {} answered; "
        "fewer calls were expected, or --live",
        steps_, answers_, calls, answers_ == 1 ? "is" : "are");
  }

 private:
  const ControlledOptions& options_;
  const CountAnswers& count_answers_;
  uint64_t steps_ = 0;
  uint64_t answers_ = 0;
  bool is_too_long_ = false;
};

}  // namespace

std::string_view EndName(sched::RunEnd end) {
  switch (end) {
    case sched::RunEnd::kFinished:
      return "finished";
    case sched::RunEnd::kStuck:
      return "stuck";
    case sched::RunEnd::kStepLimit:
    case sched::RunEnd::kStarved:
    case sched::RunEnd::kTimeLimit:
    case sched::RunEnd::kComplained:
      return "step limit";
  }
  return "";
}

Result<ControlledRun> RunControlled(const Scenario& scenario, const ControlledOptions& options) {
  ScriptStrategy* script = nullptr;
  Result<std::unique_ptr<sched::Strategy>> strategy = StrategyFor(scenario, script);
  if (!strategy) return tl::make_unexpected(strategy.error());
  Result<Recording> recording = Recording::Start(options);
  if (!recording) return tl::make_unexpected(recording.error());

  ControlledRun run;
  NotingStrategy noting(**strategy, run.notes);
  sched::Strategy& chosen = options.take_notes ? noting : **strategy;
  CountAnswers count_answers;
  LengthLimit limit(options, count_answers);
  sched::ControlledRuntime runtime(chosen, {.log = recording->log(),
                                            .max_steps = options.max_steps_between_answers,
                                            .still_moves = [&limit] { return limit.StillMoves(); }});
  run.end = runtime.Run("leader", sync::Role::kNone, [&] { RunDaemon(scenario, runtime, count_answers); });
  run.choices.assign(runtime.choices().begin(), runtime.choices().end());
  if (script != nullptr) run.problems = script->Problems(runtime.threads());
  if (run.end == sched::RunEnd::kComplained) {
    run.problems.push_back({scenario.schedule_line.number, true, "schedule: " + (*strategy)->complaint()});
  } else if (const std::string left = ChoicesLeft(scenario.schedule, run.choices.size()); !left.empty()) {
    run.problems.push_back({scenario.schedule_line.number, false, left});
  }
  if (run.end == sched::RunEnd::kTimeLimit) {
    run.problems.push_back(
        {0, true, "the run would go on for more than 52 days of its time, which no recording can hold"});
  }
  if (const std::string complaint = limit.Complaint(scenario); !complaint.empty()) {
    run.problems.push_back({0, true, complaint});
  }
  if (!options.build_trace) return run;
  // A run that is none of the scenario's does not take the place of an earlier one.
  const bool is_usable = std::ranges::none_of(run.problems, &ScheduleProblem::is_unusable);
  Result<trace::Trace> trace = recording->Finish(
      {{"end", std::string(EndName(run.end))}, {"choices", fmt::format("{}", fmt::join(run.choices, " "))}}, is_usable);
  if (!trace) return tl::make_unexpected(trace.error());
  run.trace = std::move(*trace);
  return run;
}

}  // namespace lockscope::scenario
