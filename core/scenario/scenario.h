// Scenario: a small story that can be run: which daemon, how long its driver's calls take, which clients make which calls.
//
// Read from JSON by scenario_reader.h. Plain data; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lockscope::scenario {

struct ClientScript {
  std::string name;                // "alice": what the recording calls the client, and the thread of its program.
  std::vector<std::string> calls;  // Procedure names, made in this order.
  bool pipelined = false;          // All calls are sent at once; else each waits for the reply to the one before.
};

struct Scenario {
  std::string title;  // One line.
  std::string story;  // What happens, in a few sentences.
  int workers = 3;
  int max_client_requests = 5;
  // How long the driver's calls of a procedure take, in nanoseconds: the first call the first, then the second …, then from
  // the front again. A procedure that is not here answers at once.
  std::map<std::string, std::vector<int64_t>, std::less<>> call_times_ns;
  std::vector<ClientScript> clients;  // In the order of the file.
};

}  // namespace lockscope::scenario
