#include "core/scenario/live_run.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <system_error>

#include "core/daemon/leader.h"
#include "core/loop/poll_poller.h"
#include "core/scenario/client_program.h"
#include "core/scenario/daemon_setup.h"
#include "core/scenario/live_sockets.h"
#include "core/scenario/watchdog.h"
#include "core/sync/guard.h"
#include "core/trace/recorder.h"

namespace lockscope::scenario {
namespace {

// A folder for the socket: short, as a socket's path must be, private, and gone with this object.
class SocketFolder {
 public:
  static Result<SocketFolder> Make() {
    std::string name = (std::filesystem::temp_directory_path() / "lockscope-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return Fail("{}: cannot make a folder: {}", name, ErrnoText(errno));
    return SocketFolder(std::move(name));
  }
  SocketFolder(SocketFolder&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  SocketFolder& operator=(SocketFolder&&) = delete;
  ~SocketFolder() {
    std::error_code ignored;
    if (!name_.empty()) std::filesystem::remove_all(name_, ignored);
  }
  const std::string& path() const { return name_; }

 private:
  explicit SocketFolder(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

// Both ends of each client's connection, and what the process has open besides.
Result<void> AllowOpenFiles(size_t clients) {
  const rlim_t needed = 2 * clients + 64;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return {};
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  if (limit.rlim_cur == needed && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  return Fail("{} clients need {} open files, but this process may have {}; try: ulimit -n {}", clients, needed,
              limit.rlim_max, needed);
}

// Ends the process: the run hangs, and none of its threads can be ended. What it leaves behind is removed here.
void EndHungRun(trace::Recorder& recorder, const std::string& folder, const HangOptions& hang) {
  recorder.AddMeta("end", "watchdog");
  Result<LiveRun> run = recorder.Finish().map([](trace::Trace trace) {
    LiveRun hung;
    hung.trace = std::move(trace);
    hung.hung = true;
    return hung;
  });
  const int status = hang.when_hung(run);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace

int64_t LongestPauseNs(const Scenario& scenario) {
  int64_t longest_ns = std::max(scenario.daemon.idle_timeout_ns, scenario.daemon.ends_after_ns);
  for (const auto& [call, steps] : scenario.driver) {
    for (const DriverStep& step : steps) {
      // A call that waits for another one gives up after its limit.
      const int64_t wait_ns = step.waits_for.empty() ? 0 : daemon::MemoryDriverConfig().wait_limit_ns;
      longest_ns = std::max({longest_ns, step.delay_ns, wait_ns});
    }
  }
  for (const ClientScript& client : scenario.clients) {
    longest_ns = std::max({longest_ns, client.after_ns, client.hangs_up_ns});
  }
  return longest_ns;
}

Result<LiveRun> RunLive(const Scenario& scenario, const std::filesystem::path& out,
                        const std::vector<std::pair<std::string, std::string>>& meta, const HangOptions& hang,
                        const trace::RingOptions& ring) {
  sync::AssertNothingHeld();
  if (Result<void> allowed = AllowOpenFiles(scenario.clients.size()); !allowed)
    return tl::make_unexpected(allowed.error());
  const Result<SocketFolder> folder = SocketFolder::Make();
  if (!folder) return tl::make_unexpected(folder.error());
  Result<std::unique_ptr<loop::PollPoller>> poller = loop::PollPoller::Create();
  if (!poller) return tl::make_unexpected(poller.error());
  const Result<LiveSockets> sockets = LiveSockets::Bind(scenario, folder->path(), **poller);
  if (!sockets) return tl::make_unexpected(sockets.error());
  auto watchdog = std::make_unique<Watchdog>();
  Result<std::unique_ptr<trace::Recorder>> recorder =
      trace::Recorder::Start(out, meta, trace::Recorder::Clock::kReal, ring);
  if (!recorder) return tl::make_unexpected(recorder.error());

  LiveRun run;
  {
    const sync::NamedThread leader_thread("leader");
    const daemon::Parts parts = PartsFor(scenario);
    const std::unique_ptr<daemon::MemoryDriver> driver = parts.memory_driver(DriverConfigFor(scenario), sync::SleepFor);
    daemon::Leader leader(ServerOptionsFor(scenario), **poller, sockets->listeners(), *driver, parts);
    if (Result<void> prepared = leader.Prepare(); !prepared) return tl::make_unexpected(prepared.error());
    if (hang.when_hung) {
      watchdog->Watch(
          hang.patience_ns + LongestPauseNs(scenario), [&] { return (*recorder)->HasMoved(); },
          [&] { EndHungRun(**recorder, folder->path(), hang); });
    }
    // The last client to finish ends the daemon the way an administrator does: by SIGTERM to the process.
    std::atomic<size_t> clients_left{scenario.clients.size()};
    std::vector<std::unique_ptr<ClientProgram>> clients;
    for (const ClientScript& script : scenario.clients) {
      clients.push_back(std::make_unique<ClientProgram>(script, sockets->WayFor(script), [&clients_left, &scenario] {
        if (clients_left.fetch_sub(1) == 1 && EndsWithItsClients(scenario)) ::kill(::getpid(), SIGTERM);
      }));
    }
    const std::unique_ptr<sync::Thread> administrator =
        StartAdministrator(scenario, [] { ::kill(::getpid(), SIGTERM); });
    leader.Run();
    if (administrator != nullptr) administrator->Join();
    size_t cut_off = 0;
    for (const auto& client : clients) {
      client->Join();
      run.answered += client->answered();
      run.refused += client->refused();
      if (client->outcome()) continue;
      ++cut_off;
      // Who is still asking when the daemon is told to end is cut off, and right to be.
      if (scenario.daemon.ends_after_ns == 0) run.complaints.push_back(client->outcome().error().message);
    }
    run.cut_short = cut_off > 0 && (*poller)->WasSignalledByOthers();
    if (run.cut_short) {
      run.complaints = {
          fmt::format("told to end before the clients were through: {} of {} were cut off", cut_off, clients.size())};
    }
  }
  watchdog->Stop();
  Result<trace::Trace> trace = (*recorder)->Finish();
  watchdog.reset();  // While there still is a recorder for it to look at, and no recording to be seen in.
  if (!trace) return tl::make_unexpected(trace.error());
  run.trace = std::move(*trace);
  return run;
}

}  // namespace lockscope::scenario
