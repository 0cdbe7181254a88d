#include "core/scenario/live_run.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "core/daemon/leader.h"
#include "core/daemon/unix_listener.h"
#include "core/loop/poll_poller.h"
#include "core/rpc/unix_socket.h"
#include "core/scenario/client_program.h"
#include "core/scenario/daemon_setup.h"
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
  std::string socket() const { return name_ + "/socket"; }

 private:
  explicit SocketFolder(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

}  // namespace

Result<LiveRun> RunLive(const Scenario& scenario, const std::filesystem::path& out,
                        const std::vector<std::pair<std::string, std::string>>& meta) {
  sync::AssertNothingHeld();
  for (const ClientScript& client : scenario.clients) {
    if (client.tls)
      return Fail("clients.{}.tls: the daemon has no TLS in live runs yet; leave --live out", client.name);
  }
  const Result<SocketFolder> folder = SocketFolder::Make();
  if (!folder) return tl::make_unexpected(folder.error());
  Result<std::unique_ptr<loop::PollPoller>> poller = loop::PollPoller::Create();
  if (!poller) return tl::make_unexpected(poller.error());
  Result<std::unique_ptr<daemon::UnixListener>> listener = daemon::UnixListener::Bind(folder->socket(), **poller);
  if (!listener) return tl::make_unexpected(listener.error());
  Result<std::unique_ptr<trace::Recorder>> recorder = trace::Recorder::Start(out, meta);
  if (!recorder) return tl::make_unexpected(recorder.error());

  LiveRun run;
  {
    const sync::NamedThread leader_thread("leader");
    const daemon::Parts parts = PartsFor(scenario);
    const std::unique_ptr<daemon::MemoryDriver> driver = parts.memory_driver(DriverConfigFor(scenario), sync::SleepFor);
    daemon::Leader leader(ServerOptionsFor(scenario), **poller, **listener, *driver, parts);
    if (Result<void> prepared = leader.Prepare(); !prepared) return tl::make_unexpected(prepared.error());
    // The last client to finish ends the daemon the way an administrator does: by SIGTERM to the process.
    std::atomic<size_t> clients_left{scenario.clients.size()};
    std::vector<std::unique_ptr<ClientProgram>> clients;
    for (const ClientScript& script : scenario.clients) {
      clients.push_back(std::make_unique<ClientProgram>(
          script,
          [&script, path = folder->socket()]() -> Result<std::unique_ptr<rpc::Transport>> {
            return rpc::ConnectUnix(path, script.name);
          },
          [&clients_left, &scenario] {
            if (clients_left.fetch_sub(1) == 1 && scenario.daemon.idle_timeout_ns == 0) ::kill(::getpid(), SIGTERM);
          }));
    }
    leader.Run();
    for (const auto& client : clients) {
      client->Join();
      run.answered += client->answered();
      run.refused += client->refused();
      if (!client->outcome()) run.complaints.push_back(client->outcome().error().message);
    }
  }
  Result<trace::Trace> trace = (*recorder)->Finish();
  if (!trace) return tl::make_unexpected(trace.error());
  run.trace = std::move(*trace);
  return run;
}

}  // namespace lockscope::scenario
