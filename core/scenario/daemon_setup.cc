#include "core/scenario/daemon_setup.h"

#include "core/base/check.h"
#include "core/daemon/bugs/catalog.h"

namespace lockscope::scenario {

daemon::ServerOptions ServerOptionsFor(const Scenario& scenario) {
  daemon::ServerOptions options;
  options.workers = scenario.daemon.workers;
  options.max_workers = scenario.daemon.max_workers;
  options.max_client_requests = scenario.daemon.max_client_requests;
  options.idle_timeout_ns = scenario.daemon.idle_timeout_ns;
  options.handle_signals = true;
  return options;
}

daemon::MemoryDriverConfig DriverConfigFor(const Scenario& scenario) {
  daemon::MemoryDriverConfig config;
  for (const auto& [call, steps] : scenario.driver) {
    for (const DriverStep& step : steps) {
      daemon::CallStep& made = config.script[call].emplace_back();
      made.delay_ns = step.delay_ns;
      made.waits_for = step.waits_for;
    }
  }
  return config;
}

daemon::Parts PartsFor(const Scenario& scenario) {
  daemon::Parts parts;
  if (scenario.bug == "none") return parts;
  const daemon::Bug* const bug = daemon::FindBug(scenario.bug);
  LS_CHECK(bug != nullptr, "the scenario's reader let an unknown bug pass: {}", scenario.bug);
  bug->install(parts);
  return parts;
}

bool EndsWithItsClients(const Scenario& scenario) {
  return scenario.daemon.idle_timeout_ns == 0 && scenario.daemon.ends_after_ns == 0;
}

std::unique_ptr<sync::Thread> StartAdministrator(const Scenario& scenario, std::function<void()> tell_to_end) {
  const int64_t after_ns = scenario.daemon.ends_after_ns;
  if (after_ns == 0) return nullptr;
  auto body = [after_ns, tell_to_end = std::move(tell_to_end)] {
    sync::SleepFor(after_ns);
    tell_to_end();
  };
  return std::make_unique<sync::Thread>(std::string(kAdministrator), sync::Role::kClientProgram, std::move(body),
                                        SourcePlace::Here());
}

std::vector<std::pair<std::string, std::string>> MetaFor(const Scenario& scenario, std::string mode, std::string file) {
  std::vector<std::pair<std::string, std::string>> meta = {
      {"title", scenario.title}, {"story", scenario.story},
      {"mode", std::move(mode)}, {"scenario", std::move(file)},
      {"bug", scenario.bug},     {"max_client_requests", fmt::format("{}", scenario.daemon.max_client_requests)}};
  if (scenario.patience_ns > 0) meta.emplace_back("patience_ns", fmt::format("{}", scenario.patience_ns));
  return meta;
}

}  // namespace lockscope::scenario
