// Scenario: a small story that can be run: which daemon with which bug, how long its driver's calls take, which clients make
// which calls, in which order the threads run, what is said and asked on the way, and what is expected to come of it.
//
// Read from JSON by scenario_reader.h. Plain data; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lockscope::scenario {

// The thread that tells the daemon to end, where the scenario says when (DaemonConfig::ends_after_ns).
inline constexpr std::string_view kAdministrator = "administrator";

struct DaemonConfig {
  int workers = 3;      // At the start, and at least.
  int max_workers = 0;  // The pool may grow to; 0: it stays as it is.
  int max_client_requests = 5;
  int64_t idle_timeout_ns = 0;  // The daemon ends when it has had no client for so long; 0: it does not.
  // It is told to end so long after it began, whatever is under way; 0: when all clients have ended.
  int64_t ends_after_ns = 0;
  bool operator==(const DaemonConfig&) const = default;
};

// What one call of a procedure does in the driver: waits so long; or waits until a call of another procedure has begun.
struct DriverStep {
  int64_t delay_ns = 0;
  std::string waits_for;  // A call's name, or "".
  bool operator==(const DriverStep&) const = default;
};

// A handshake before the first call, as TLS has one; in a controlled run its messages are scripted. A live one has TLS.
struct HandshakeScript {
  int round_trips = 2;   // How often the daemon waits for the client; TLS knows that itself.
  int64_t pause_ns = 0;  // What the client needs before each of its messages.
  bool operator==(const HandshakeScript&) const = default;
};

struct ClientScript {
  std::string name;                // "alice": what the recording calls the client, and the thread of its program.
  std::vector<std::string> calls;  // Procedure names, made in this order.
  bool pipelined = false;          // All calls are sent at once; else each waits for the reply to the one before.
  int64_t after_ns = 0;            // The program begins so much later than the daemon.
  // Goes away so long after its last call was sent, without waiting for that one's reply. Negative: it does not.
  int64_t hangs_up_ns = -1;
  std::optional<HandshakeScript> tls = std::nullopt;
  bool read_only = false;  // Opens a connection on which calls that change something are refused.
  int events = 0;          // After its calls it waits until it has been told of so many events.
  bool operator==(const ClientScript&) const = default;
};

// The line of its file that something stands in, from 1, for messages; 0: of none. It says nothing of what it is.
struct SourceLine {
  int number = 0;
  bool operator==(const SourceLine&) const { return true; }
};

// One step of a scripted schedule: `run` goes on, the others only as far as it needs them, until what `until` says.
struct ScheduleStep {
  std::string run;       // A thread: "loop", "worker-1", "leader", or a client's name.
  std::string until;     // "holds client alice": core/scenario/schedule_phrase.h has the language.
  int times = 1;         // Until it has happened so often, counted from the beginning of this step.
  std::string say = {};  // Shown from there on.
  std::string ask = {};  // Asked there. Then `answer` says which of the daemon's threads can go on, by name.
  std::optional<std::vector<std::string>> answer = {};
  SourceLine line = {};
  bool operator==(const ScheduleStep&) const = default;
};

struct RoundRobin {
  bool operator==(const RoundRobin&) const = default;
};
struct Seed {
  uint64_t value = 1;
  bool operator==(const Seed&) const = default;
};
using Script = std::vector<ScheduleStep>;
using Replay = std::vector<uint32_t>;  // The choices of another run: core/sched/strategy.h.
using Schedule = std::variant<RoundRobin, Seed, Script, Replay>;

// What is to come of a controlled run. What is not said is not checked.
struct Expectation {
  std::string outcome = "clean";                              // core/analysis/outcome.h has the names.
  std::optional<std::vector<std::string>> breaks;             // Rules, "R1" ….
  std::optional<uint64_t> served;                             // How many of the clients' listed calls were answered.
  std::optional<std::map<std::string, std::string>> blocked;  // Thread → what it waits for at the end: "client alice".
  bool operator==(const Expectation&) const = default;
};

struct Scenario {
  std::string title;  // One line.
  std::string story;  // What happens, in a few sentences.
  std::string bug = "none";
  DaemonConfig daemon;
  // By procedure: the first call takes the first step, the second the second …, then from the front again. A procedure
  // that is not here answers at once.
  std::map<std::string, std::vector<DriverStep>, std::less<>> driver;
  std::vector<ClientScript> clients;  // In the order of the file.
  int64_t patience_ns = 0;  // A call that nobody takes for longer is an outcome of its own, "delay"; 0: none is.
  Schedule schedule;
  SourceLine schedule_line;
  Expectation expect;
  bool operator==(const Scenario&) const = default;
};

}  // namespace lockscope::scenario
