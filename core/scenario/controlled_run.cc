#include "core/scenario/controlled_run.h"

#include <signal.h>

#include <memory>

#include "core/base/check.h"
#include "core/daemon/leader.h"
#include "core/scenario/client_program.h"
#include "core/scenario/controlled_listener.h"
#include "core/scenario/daemon_setup.h"
#include "core/scenario/script_strategy.h"
#include "core/sync/guard.h"
#include "core/trace/recorder.h"

namespace lockscope::scenario {
namespace {

// The whole program of a run: what the leader's thread does.
void RunDaemon(const Scenario& scenario, sched::ControlledRuntime& runtime) {
  sync::AssertNothingHeld();
  sched::ControlledPoller poller(runtime);
  ControlledListener listener(runtime, poller);
  const daemon::Parts parts = PartsFor(scenario);
  const std::unique_ptr<daemon::MemoryDriver> driver = parts.memory_driver(DriverConfigFor(scenario), sync::SleepFor);
  daemon::Leader leader(ServerOptionsFor(scenario), poller, listener, *driver, parts);
  const Result<void> prepared = leader.Prepare();
  LS_CHECK(prepared.has_value(), "a daemon in memory cannot be prepared");
  size_t clients_left = scenario.clients.size();
  std::vector<std::unique_ptr<ClientProgram>> clients;
  for (const ClientScript& script : scenario.clients) {
    clients.push_back(std::make_unique<ClientProgram>(
        script, [&listener, &script] { return listener.Connect(script.name, script.tls); },
        [&] {
          // The last client ends the daemon the way an administrator does.
          if (--clients_left == 0 && scenario.daemon.idle_timeout_ns == 0) poller.RaiseSignal(SIGTERM);
        }));
  }
  leader.Run();
  for (const auto& client : clients) client->Join();
}

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

}  // namespace

std::string_view EndName(sched::RunEnd end) {
  switch (end) {
    case sched::RunEnd::kFinished:
      return "finished";
    case sched::RunEnd::kStuck:
      return "stuck";
    case sched::RunEnd::kStepLimit:
    case sched::RunEnd::kStarved:
    case sched::RunEnd::kComplained:
      return "step limit";
  }
  return "";
}

Result<ControlledRun> RunControlled(const Scenario& scenario, const ControlledOptions& options) {
  ScriptStrategy* script = nullptr;
  Result<std::unique_ptr<sched::Strategy>> strategy = StrategyFor(scenario, script);
  if (!strategy) return tl::make_unexpected(strategy.error());
  Result<std::unique_ptr<trace::Recorder>> recorder =
      trace::Recorder::Start(options.out, options.meta, trace::Recorder::Clock::kVirtual);
  if (!recorder) return tl::make_unexpected(recorder.error());

  ControlledRun run;
  sched::ControlledRuntime runtime(**strategy, {.max_steps = options.max_steps});
  run.end = runtime.Run("leader", sync::Role::kNone, [&] { RunDaemon(scenario, runtime); });
  run.choices = runtime.choices();
  if (script != nullptr) run.problems = script->Problems(runtime.threads());
  if (run.end == sched::RunEnd::kComplained) run.problems.push_back({0, true, "schedule: " + (*strategy)->Complaint()});
  (*recorder)->AddMeta("end", EndName(run.end));
  (*recorder)->AddMeta("choices", fmt::format("{}", fmt::join(run.choices, " ")));
  Result<trace::Trace> trace = (*recorder)->Finish();
  if (!trace) return tl::make_unexpected(trace.error());
  run.trace = std::move(*trace);
  return run;
}

}  // namespace lockscope::scenario
