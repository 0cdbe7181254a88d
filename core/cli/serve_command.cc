#include "core/cli/serve_command.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "core/analysis/phrases.h"
#include "core/base/shell_word.h"
#include "core/cli/ring_option.h"
#include "core/cli/say_lost.h"
#include "core/cli/serve_listeners.h"
#include "core/cli/unusable.h"
#include "core/daemon/leader.h"
#include "core/daemon/memory_driver.h"
#include "core/loop/poll_poller.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "core/trace/recorder.h"

namespace lockscope::cli {
namespace {

int64_t Nanoseconds(double seconds) { return static_cast<int64_t>(seconds * 1e9); }

// What the options mean together, and cannot say alone.
Result<void> Complete(ServeOptions& options) {
  ServeAddresses& addresses = options.addresses;
  if (addresses.socket.empty() && addresses.tcp.empty() && addresses.tls.empty()) {
    return Fail("serve: nowhere to listen; expected --socket PATH, --tcp PORT or --tls PORT --pki DIR");
  }
  if (addresses.tls.empty() != addresses.pki.empty()) {
    return Fail("--tls and --pki need each other: {} is missing", addresses.pki.empty() ? "--pki DIR" : "--tls PORT");
  }
  if (!options.socket_mode.empty()) {
    const std::string& text = options.socket_mode;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), addresses.socket_mode, 8);
    if (error != std::errc() || end != text.data() + text.size() || addresses.socket_mode > 0777) {
      return Fail("--socket-mode: '{}' is no mode; expected octal digits up to 0777, like 0660", text);
    }
    if (addresses.socket.empty()) return Fail("--socket-mode needs --socket PATH: a port has no mode");
  }
  if (!options.ring.empty() && options.out.empty()) return Fail("--ring needs a recording: -o OUT is missing");
  if (options.contended_only && options.out.empty()) return Fail("--contended needs a recording: -o OUT is missing");
  daemon::ServerOptions& server = options.server;
  if (server.max_workers != 0 && server.max_workers < server.workers) {
    return Fail("--max-workers {} is less than --workers {}", server.max_workers, server.workers);
  }
  server.idle_timeout_ns = Nanoseconds(options.idle_timeout_s);
  server.handshake_timeout_ns = Nanoseconds(options.handshake_timeout_s);
  server.handle_signals = true;
  return {};
}

void Complain(const std::string& line) { std::fputs(("lockscope: " + line + "\n").c_str(), stderr); }

// A descriptor for each client, and what the process has open besides.
void AllowOpenFiles(int clients) {
  const rlim_t needed = static_cast<rlim_t>(clients) + 64;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == needed) return;
  Complain(fmt::format("{} clients need {} open files, but this process may have {}: who comes then has to wait",
                       clients, needed, limit.rlim_cur));
}

// Some seconds for some gigabytes, in which the daemon serves nobody any more.
void SayIfItTakesLong(const std::string& recording) {
  constexpr uintmax_t kLong = 64 << 20;
  std::error_code error;
  const uintmax_t bytes = std::filesystem::file_size(recording, error);
  if (error || bytes < kLong) return;
  Complain(fmt::format("finishing the recording ({} MB); if this is killed, 'lockscope recover {}' does it",
                       bytes / 1'000'000, ShellWord(recording)));
}

}  // namespace

int Serve(ServeOptions options) {
  if (Result<void> complete = Complete(options); !complete) return Unusable(complete.error().message);
  Result<trace::RingOptions> ring = ParseRing(options.ring);
  if (!ring) return Unusable(ring.error().message);
  ring->complain = Complain;
  // Whoever reads our output may leave before us.
  ::signal(SIGPIPE, SIG_IGN);
  options.server.log = Complain;
  Result<std::unique_ptr<loop::PollPoller>> poller = loop::PollPoller::Create();
  if (!poller) return Unusable(poller.error().message);
  const Result<ServeListeners> listeners = BindAll(options.addresses, **poller);
  if (!listeners) return Unusable(listeners.error().message);
  if (!listeners->caution.empty()) Complain(listeners->caution);
  AllowOpenFiles(options.server.max_clients);
  std::unique_ptr<trace::Recorder> recorder;
  if (!options.out.empty()) {
    Result<std::unique_ptr<trace::Recorder>> started = trace::Recorder::Start(
        options.out, {{"title", "lockscope serve"}, {"mode", "live"}}, trace::Recorder::Clock::kReal, *ring,
        options.contended_only ? trace::Recorder::Detail::kContendedOnly : trace::Recorder::Detail::kFull);
    if (!started) return Unusable(started.error().message);
    MentionAbandonedRings();
    recorder = std::move(*started);
  }
  {
    // First of all: whatever else asks who this thread is would have it recorded under no name of its own.
    const sync::NamedThread leader_thread("leader");
    sync::AssertNothingHeld();
    daemon::MemoryDriver driver({}, sync::SleepFor);
    daemon::Leader leader(options.server, **poller, listeners->pointers(), driver);
    if (Result<void> prepared = leader.Prepare(); !prepared) return Unusable(prepared.error().message);
    fmt::print("serving on {} with {}; Ctrl-C or SIGTERM ends it\n", fmt::join(listeners->names, ", "),
               analysis::Counted(static_cast<uint64_t>(options.server.workers), "worker"));
    for (const std::string& uri : listeners->uris) fmt::print("  virsh -c '{}'\n", uri);
    std::fflush(stdout);
    leader.Run();
  }
  // A second one finds the daemon ending already, also when nobody is left to handle it.
  sigset_t ending;
  ::sigemptyset(&ending);
  ::sigaddset(&ending, SIGTERM);
  ::sigaddset(&ending, SIGINT);
  ::sigaddset(&ending, SIGHUP);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  if (recorder == nullptr) return 0;
  SayIfItTakesLong(options.out);
  const Result<trace::Trace> trace = recorder->Finish();
  if (!trace) {
    std::error_code error;
    const bool is_kept = std::filesystem::exists(options.out, error);  // Somebody may have removed it meanwhile.
    return Unusable(trace.error().message +
                    (is_kept ? "; what was recorded is kept: lockscope recover " + ShellWord(options.out) : ""));
  }
  fmt::print("recorded {} events to {}\n", trace->size(), options.out);
  SayLost(*trace);
  return 0;
}

}  // namespace lockscope::cli
