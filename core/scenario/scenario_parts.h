// The parts of the scenario reader: each reads one field of the document, or holds the whole against itself. What is wrong
// is in the FieldReader when one returns false. Called by ParseScenario only; one thread.
#pragma once

#include "core/scenario/field_reader.h"
#include "core/scenario/scenario.h"

namespace lockscope::scenario {

inline constexpr int kMaxWorkers = 64;
inline constexpr int kMaxClients = 1'000;
inline constexpr int kMaxCallsPerClient = 100'000;
inline constexpr uint64_t kMaxCalls = 1'000'000;  // Of all clients together.

bool ReadDaemon(FieldReader& reader, const Place& place, DaemonConfig& out);
bool ReadDriver(FieldReader& reader, const Place& place, Scenario& out);
bool ReadClients(FieldReader& reader, const Place& place, std::vector<ClientScript>& out);
bool ReadSchedule(FieldReader& reader, const Place& place, Schedule& out);
bool ReadExpectation(FieldReader& reader, const Place& place, Expectation& out);
bool ReadBug(FieldReader& reader, const Place& place, std::string& out);

// Names that one part of the document gives and another uses: threads, clients, calls that somebody makes; and numbers
// that must fit each other. After all parts have been read into `scenario`.
bool CheckReferences(FieldReader& reader, const Place& document, const Scenario& scenario);

// "leader", "loop", "worker-7": no client may be called that.
bool IsDaemonThreadName(std::string_view name);
// The number of "worker-7"; 0 where the name is no worker's.
int WorkerNumber(std::string_view name);

}  // namespace lockscope::scenario
