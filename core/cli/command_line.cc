#include "core/cli/command_line.h"

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/analysis/outcome.h"
#include "core/base/result.h"
#include "core/base/shell_word.h"
#include "core/cli/commands.h"
#include "core/cli/ring_option.h"
#include "core/cli/serve_command.h"
#include "core/cli/unusable.h"
#include "core/scenario/known_calls.h"

namespace lockscope::cli {
namespace {

constexpr const char* kExamples =
    "lockscope records a threaded daemon and says who waits for whom, and why.\n"
    "\n"
    "make   lockscope run scenarios/01-reply-lock-order.broken.json\n"
    "       lockscope serve --socket /tmp/lockscope.socket -o day.lockscope\n"
    "look   lockscope view 01-reply-lock-order.broken.lockscope\n"
    "       lockscope bug reply-locks-client-first\n"
    "judge  lockscope check 01-reply-lock-order.broken.lockscope\n"
    "\n"
    "lockscope COMMAND --help says more.\n";

constexpr const char* kRecoverFooter =
    "A program that is killed leaves its recording in two parts: the file that it was told to record to, and the\n"
    "ring, a file of shared memory with the last events. Every command reads both together; recover makes them one,\n"
    "and frees the memory. Without a TRACE it lists the rings in /dev/shm and $XDG_RUNTIME_DIR (and in each folder\n"
    "of --in).\n"
    "\n"
    "Where the file is gone, name the ring instead, and with -o a file for what is in it. To throw a ring away,\n"
    "remove it.";

constexpr const char* kServeFooter =
    "Without an ADDRESS it is this machine's loopback, which nobody else can reach; 0.0.0.0 or [::] is everybody.\n"
    "Port 0 lets the system choose one; the first lines of the output name every address and what to tell virsh.\n"
    "\n"
    "TLS: DIR holds cacert.pem, servercert.pem and serverkey.pem. A client needs a folder with the same cacert.pem,\n"
    "clientcert.pem and clientkey.pem (virsh's pkipath), and is turned away, with the reason on standard error,\n"
    "unless its certificate is signed by that authority. certtool, of the package gnutls-bin, makes them.\n"
    "\n"
    "SIGTERM, SIGINT (Ctrl-C) and SIGHUP (its terminal is gone, and it was not started by nohup) end the daemon in "
    "order:\n"
    "calls under way are finished first.";

// For an option whose value is a text: a variable of a script that is not set must not look like an option not given.
CLI::Validator NotEmpty() {
  return CLI::Validator(
      [](const std::string& value) { return value.empty() ? "found nothing; a value was expected" : ""; }, "");
}

// For a file that is mapped, or replaced as a whole.
CLI::Validator NoStream() {
  return CLI::Validator(
      [](const std::string& value) {
        return value == "-" ? "found '-'; a recording is a file, and no stream (one of that name is ./-)" : "";
      },
      "");
}

// For one that is a number of seconds.
CLI::Validator SecondsBetween(double least, double most) {
  return CLI::Validator(
      [least, most](const std::string& value) {
        double seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        const bool is_whole = error == std::errc() && end == value.data() + value.size();
        // "nan" is a number to from_chars, neither below the least nor above the most.
        if (is_whole && seconds >= least && seconds <= most) return std::string();
        return fmt::format("found '{}'; a number from {} to {} was expected", value, least, most);
      },
      "");
}

// Each adds its command; the one that was given sets `run`.
using Run = std::function<int()>;

void AddNew(CLI::App& app, Run& run) {
  auto name = std::make_shared<std::string>("my-scenario");
  CLI::App* command = app.add_subcommand("new", "Write a scenario that runs as it stands");
  command->add_option("NAME", *name, "The scenario's file; .json is added")->capture_default_str();
  command->callback([name, &run] { run = [name] { return NewScenario(*name); }; });
}

void AddRun(CLI::App& app, Run& run) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a scenario, record it, compare it with what it expects");
  command->add_option("SCENARIO", options->scenario, "The scenario's JSON file; - for standard input")->required();
  command->add_option("-o,--out", options->out, "The recording [the scenario's name, .lockscope]")
      ->check(NotEmpty())
      ->check(NoStream());
  command->add_flag("--live", options->live,
                    "Real threads, real sockets, real time; else lockscope decides who runs next");
  command
      ->add_option("--patience", options->patience,
                   "With --live: a run in which nothing happens for longer is ended [2s]")
      ->check(NotEmpty());
  command->add_option("--ring", options->ring, std::string("With --live: ") + kRingHelp)
      ->type_name("POLICY[:SIZE]")
      ->check(NotEmpty());
  command
      ->add_option("--seed", options->seed,
                   "Another schedule than the file's: a pseudo-random one; 1..1000 searches a thousand of them")
      ->check(NotEmpty());
  command
      ->add_flag(
          "--until-finding{any}", options->until,
          "The search stops at the first finding, or at the first =deadlock, =hang …; the exit status is 1 where "
          "that came, 0 where not. =clean stops at the first clean run: 0 where one came, 1 where not")
      ->check(NotEmpty());
  command
      ->add_option("--guard", options->guard,
                   "A broken rule is recorded, or aborts the program (one run, no search) [record]")
      ->check(CLI::IsMember({"record", "abort"}));
  command->callback([options, &run] { run = [options] { return RunScenario(*options); }; });
}

void AddBug(CLI::App& app, Run& run) {
  auto name = std::make_shared<std::optional<std::string>>();
  CLI::App* command = app.add_subcommand("bug", "Show a bug beside the correct code; without a name, list all");
  command->add_option("NAME", *name, "The bug's name, as a scenario's \"bug\" has it");
  command->callback([name, &run] { run = [name] { return ShowBugs(*name); }; });
}

void AddServe(CLI::App& app, Run& run) {
  auto options = std::make_shared<ServeOptions>();
  ServeAddresses& addresses = options->addresses;
  daemon::ServerOptions& server = options->server;
  CLI::App* command = app.add_subcommand("serve", "Be the daemon, at addresses that virsh can connect to");
  command->footer(kServeFooter);
  command->add_option("--socket", addresses.socket, "Listen on a Unix socket")->type_name("PATH")->check(NotEmpty());
  command->add_option("--socket-mode", options->socket_mode, "Who may connect to it: the file's mode [0600]")
      ->type_name("MODE")
      ->check(NotEmpty());
  command->add_option("--tcp", addresses.tcp, "Listen on a TCP port, without encryption")
      ->type_name("[ADDRESS:]PORT")
      ->check(NotEmpty());
  command->add_option("--tls", addresses.tls, "Listen on a TCP port, with TLS")
      ->type_name("[ADDRESS:]PORT")
      ->check(NotEmpty());
  command->add_option("--pki", addresses.pki, "The certificates for TLS")->type_name("DIR")->check(NotEmpty());
  command->add_option("-o,--out", options->out, "Record to this file")->check(NotEmpty())->check(NoStream());
  command->add_flag(
      "--contended", options->contended_only,
      "Of locks, record only acquisitions that had to wait, and count the others: it costs less, and rules that "
      "need to know all that is held are not judged");
  command->add_option("--ring", options->ring, kRingHelp)->type_name("POLICY[:SIZE]")->check(NotEmpty());
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

void AddRecover(CLI::App& app, Run& run) {
  auto options = std::make_shared<RecoverOptions>();
  CLI::App* command =
      app.add_subcommand("recover", "Finish the recording of a program that was killed, or list what waits");
  command->footer(kRecoverFooter);
  command->add_option("TRACE", options->file, "The recording, or a ring whose recording is gone")
      ->check(NotEmpty())
      ->check(NoStream());
  command->add_option("-o,--out", options->out, "Of a ring: where its events go")
      ->type_name("OUT")
      ->check(NotEmpty())
      ->check(NoStream());
  command->add_flag("--list", options->list, "List the rings that are there");
  command->add_option("--in", options->folders, "List those in this folder, too")->type_name("FOLDER");
  command->callback([options, &run] { run = [options] { return Recover(*options); }; });
}

void AddCheck(CLI::App& app, Run& run) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("check", "Hold a recording against the rules R1 to R8");
  command->add_option("TRACE", *file, "The recording")->required()->check(NoStream());
  command->callback([file, &run] { run = [file] { return Check(*file); }; });
}

void AddStats(CLI::App& app, Run& run) {
  auto options = std::make_shared<StatsOptions>();
  CLI::App* command =
      app.add_subcommand("stats", "Who waited for which lock, at which place: how often, and for how long");
  command->add_option("TRACE", options->file, "The recording")->required()->check(NoStream());
  command->add_flag("--json", options->json, "All of it as JSON, in nanoseconds");
  command->add_flag("--all", options->all, fmt::format("More than the first {} rows", kMostStatsRows));
  command->callback([options, &run] { run = [options] { return ShowStats(*options); }; });
}

void AddExport(CLI::App& app, Run& run) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand("export", "Write a recording for other tools: JSON lines, Perfetto, CSV");
  command->add_option("TRACE", options->in, "The recording")->required()->check(NoStream());
  command
      ->add_option("--to", options->format,
                   "json: one object a line, for jq; import reads it back. perfetto: for ui.perfetto.dev and its trace "
                   "processor. csv: one row an event")
      ->check(CLI::IsMember({"json", "perfetto", "csv"}))
      ->capture_default_str();
  command->add_option("-o,--out", options->out, "The file to write; - for standard output")->required();
  command->callback([options, &run] { run = [options] { return Export(*options); }; });
}

void AddImport(CLI::App& app, Run& run) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = app.add_subcommand("import", "Make a recording of exported JSON lines again");
  command->add_option("JSON", options->in, "What export wrote; - for standard input")->required();
  command->add_option("-o,--out", options->out, "The recording to write")->required()->check(NoStream());
  command->callback([options, &run] { run = [options] { return Import(*options); }; });
}

void AddView(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("view", "Open a recording in the viewer (all options go to lockscope-viewer)");
  command->prefix_command();
  command->set_help_flag();  // The viewer's own help lists its options.
  command->callback([command, &run] { run = [command] { return View(command->remaining()); }; });
}

// Whether there is a command of that name; else the nearest one, or all, as a message.
Result<void> CheckCommand(const CLI::App& app, const std::string& name) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return {};
    known.push_back(command->get_name());
  }
  const std::string nearest = scenario::NearestName(name, known);
  if (nearest.empty()) return Fail("unknown command '{}'; known are {}", name, fmt::join(known, ", "));
  return Fail("unknown command '{}'; did you mean '{}'?", name, nearest);
}

// --until-finding has its value behind a '=', as it need not have one. The library takes an empty value for none, and one
// behind a space for the scenario's name; then it complains of the scenario. `has_extras`: it has complained.
Result<void> CheckUntilFinding(std::span<char* const> arguments, bool has_extras) {
  constexpr std::string_view kOption = "--until-finding";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--until-finding=") {
      return Fail("{}: found nothing behind the '='; an outcome was expected, like deadlock, or any", kOption);
    }
    if (argument != kOption || i + 1 == arguments.size()) continue;
    const std::string next = arguments[i + 1];
    if (next.starts_with('-') || next.ends_with(".json")) continue;
    if (has_extras || next == "any" || analysis::OutcomeFromName(next)) {
      return Fail("{} has its outcome behind a '='; {}={} was expected", kOption, kOption, ShellWord(next));
    }
  }
  return {};
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  CLI::App app("Records a threaded daemon and says who waits for whom, and why.", "lockscope");
  app.set_version_flag("--version", "lockscope " LOCKSCOPE_VERSION);
  Run run;
  AddNew(app, run);
  AddRun(app, run);
  AddBug(app, run);
  AddServe(app, run);
  AddRecover(app, run);
  AddCheck(app, run);
  AddStats(app, run);
  AddExport(app, run);
  AddImport(app, run);
  AddView(app, run);
  if (argc == 1) {
    std::fputs(kExamples, stdout);
    return 0;
  }
  if (argv[1][0] != '-') {
    if (const Result<void> known = CheckCommand(app, argv[1]); !known) return Unusable(known.error().message);
  }
  const std::span<char* const> arguments(argv, static_cast<size_t>(argc));
  const bool runs = std::string_view(argv[1]) == "run";
  if (runs) {
    if (const Result<void> checked = CheckUntilFinding(arguments, false); !checked)
      return Unusable(checked.error().message);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version.
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const bool has_extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    if (const Result<void> checked = CheckUntilFinding(arguments, has_extras); runs && !checked)
      return Unusable(checked.error().message);
    return Unusable(fmt::format("{} (try --help)", error.what()));
  }
  if (!run) return Unusable(fmt::format("'{}' needs a command (try --help)", argv[1]));
  try {
    return run();
  } catch (const std::system_error& error) {  // Of fmt::print among others, but main says that better.
    return std::ferror(stdout) != 0 ? 0 : Unusable(error.what());
  }
}

}  // namespace lockscope::cli
