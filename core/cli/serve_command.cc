#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "core/cli/commands.h"
#include "core/cli/option_checks.h"
#include "core/cli/ring_option.h"
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

struct Options {
  ServeAddresses addresses;
  std::string socket_mode;
  std::string out;
  bool contended_only = false;
  std::string ring;
  trace::RingOptions ring_options;
  daemon::ServerOptions server;
  double idle_timeout_s = 0;
  double handshake_timeout_s = 10;
};

constexpr const char* kFooter =
    "Without an ADDRESS it is this machine's loopback, which nobody else can reach; 0.0.0.0 or [::] is everybody.\n"
    "Port 0 lets the system choose one; the first lines of the output name every address and what to tell virsh.\n"
    "\n"
    "TLS: DIR holds cacert.pem, servercert.pem and serverkey.pem. A client needs a folder with the same cacert.pem,\n"
    "clientcert.pem and clientkey.pem (virsh's pkipath), and is turned away, with the reason on standard error, "
    "unless\n"
    "its certificate is signed by that authority. certtool, of the package gnutls-bin, makes them.\n"
    "\n"
    "SIGTERM and SIGINT end the daemon in order: calls under way are finished first.";

int64_t Nanoseconds(double seconds) { return static_cast<int64_t>(seconds * 1e9); }

// What the options mean together, and cannot say alone.
Result<void> Complete(Options& options) {
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
  const Result<trace::RingOptions> ring = ParseRing(options.ring);
  if (!ring) return tl::make_unexpected(ring.error());
  options.ring_options = *ring;
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

int Serve(Options& options) {
  if (Result<void> complete = Complete(options); !complete) return Unusable(complete.error().message);
  // Whoever reads our output may leave before us.
  ::signal(SIGPIPE, SIG_IGN);
  options.server.log = Complain;
  Result<std::unique_ptr<loop::PollPoller>> poller = loop::PollPoller::Create();
  if (!poller) return Unusable(poller.error().message);
  const Result<ServeListeners> listeners = BindAll(options.addresses, **poller);
  if (!listeners) return Unusable(listeners.error().message);
  AllowOpenFiles(options.server.max_clients);
  std::unique_ptr<trace::Recorder> recorder;
  if (!options.out.empty()) {
    Result<std::unique_ptr<trace::Recorder>> started = trace::Recorder::Start(
        options.out, {{"title", "lockscope serve"}, {"mode", "live"}}, trace::Recorder::Clock::kReal,
        options.ring_options,
        options.contended_only ? trace::Recorder::Detail::kContendedOnly : trace::Recorder::Detail::kFull);
    if (!started) return Unusable(started.error().message);
    MentionAbandonedRings();
    recorder = std::move(*started);
  }
  {
    sync::AssertNothingHeld();
    const sync::NamedThread leader_thread("leader");
    daemon::MemoryDriver driver({}, sync::SleepFor);
    daemon::Leader leader(options.server, **poller, listeners->pointers(), driver);
    if (Result<void> prepared = leader.Prepare(); !prepared) return Unusable(prepared.error().message);
    fmt::print("serving on {} with {} workers; Ctrl-C or SIGTERM ends it\n", fmt::join(listeners->names, ", "),
               options.server.workers);
    for (const std::string& uri : listeners->uris) fmt::print("  virsh -c '{}'\n", uri);
    std::fflush(stdout);
    leader.Run();
  }
  // A second one finds the daemon ending already, also when nobody is left to handle it.
  sigset_t ending;
  ::sigemptyset(&ending);
  ::sigaddset(&ending, SIGTERM);
  ::sigaddset(&ending, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  if (recorder == nullptr) return 0;
  const Result<trace::Trace> trace = recorder->Finish();
  if (!trace) return Unusable(trace.error().message);
  fmt::print("recorded {} events to {}\n", trace->size(), options.out);
  return 0;
}

}  // namespace

void AddServe(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  ServeAddresses& addresses = options->addresses;
  daemon::ServerOptions& server = options->server;
  CLI::App* command = AddCommand(app, "serve", "Be the daemon, at addresses that virsh can connect to");
  command->footer(kFooter);
  command->add_option("--socket", addresses.socket, "Listen on a Unix socket")->type_name("PATH")->check(NotEmpty());
  command->add_option("--socket-mode", options->socket_mode, "Who may connect to it: the file's mode [0600]")
      ->type_name("MODE");
  command->add_option("--tcp", addresses.tcp, "Listen on a TCP port, without encryption")->type_name("[ADDRESS:]PORT");
  command->add_option("--tls", addresses.tls, "Listen on a TCP port, with TLS")->type_name("[ADDRESS:]PORT");
  command->add_option("--pki", addresses.pki, "The certificates for TLS")->type_name("DIR");
  command->add_option("-o,--out", options->out, "Record to this file")->check(NotEmpty());
  command->add_flag(
      "--contended", options->contended_only,
      "Of locks, record only acquisitions that had to wait, and count the others: it costs less, and rules that "
      "need to know all that is held are not judged");
  command->add_option("--ring", options->ring, kRingHelp)->type_name("POLICY[:SIZE]");
  command->add_option("--workers", server.workers, "How many workers")->check(CLI::Range(1, 64))->capture_default_str();
  command->add_option("--max-workers", server.max_workers, "How many there may be when all are busy [--workers]")
      ->check(CLI::Range(1, 1024));
  command->add_option("--max-clients", server.max_clients, "More are turned away")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command
      ->add_option("--max-client-requests", server.max_client_requests,
                   "Calls of one client that are read ahead; then it is not read any further")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--idle-timeout", options->idle_timeout_s,
                   "End when there has been no client, and no domain that one has started, for so long [never]")
      ->type_name("SECONDS")
      ->check(SecondsBetween(0.001, 1e6));
  command->add_option("--handshake-timeout", options->handshake_timeout_s, "How long a client's TLS handshake may take")
      ->type_name("SECONDS")
      ->check(SecondsBetween(0.001, 1e6))
      ->capture_default_str();
  command->callback([options, &run] { run = [options] { return Serve(*options); }; });
}

}  // namespace lockscope::cli
