#include <memory>
#include <optional>

#include "core/cli/commands.h"
#include "core/daemon/leader.h"
#include "core/daemon/memory_driver.h"
#include "core/daemon/unix_listener.h"
#include "core/loop/poll_poller.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "core/trace/recorder.h"

namespace lockscope::cli {
namespace {

struct Options {
  std::string socket;
  std::string out;
  int workers = 3;
};

int Serve(const Options& options) {
  Result<std::unique_ptr<loop::PollPoller>> poller = loop::PollPoller::Create();
  if (!poller) return Unusable(poller.error().message);
  Result<std::unique_ptr<daemon::UnixListener>> listener = daemon::UnixListener::Bind(options.socket, **poller);
  if (!listener) return Unusable(listener.error().message);
  std::unique_ptr<trace::Recorder> recorder;
  if (!options.out.empty()) {
    Result<std::unique_ptr<trace::Recorder>> started =
        trace::Recorder::Start(options.out, {{"title", "lockscope serve"}, {"mode", "live"}});
    if (!started) return Unusable(started.error().message);
    recorder = std::move(*started);
  }
  {
    sync::AssertNothingHeld();
    const sync::NamedThread leader_thread("leader");
    daemon::MemoryDriver driver({}, sync::SleepFor);
    daemon::Leader leader({.workers = options.workers, .handle_signals = true}, **poller, **listener, driver);
    if (Result<void> prepared = leader.Prepare(); !prepared) return Unusable(prepared.error().message);
    fmt::print("serving on {} with {} workers; Ctrl-C or SIGTERM ends it\n", options.socket, options.workers);
    std::fflush(stdout);
    leader.Run();
  }
  if (recorder == nullptr) return 0;
  const Result<trace::Trace> trace = recorder->Finish();
  if (!trace) return Unusable(trace.error().message);
  fmt::print("recorded {} events to {}\n", trace->size(), options.out);
  return 0;
}

}  // namespace

void AddServe(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("serve", "Be the daemon, on a Unix socket that virsh can connect to");
  command->add_option("--socket", options->socket, "Where to listen: virsh -c 'test+unix:///default?socket=PATH'")
      ->required();
  command->add_option("-o,--out", options->out, "Record to this file");
  command->add_option("--workers", options->workers, "How many workers")->check(CLI::Range(1, 64))->capture_default_str();
  command->callback([options, &run] { run = [options] { return Serve(*options); }; });
}

}  // namespace lockscope::cli
