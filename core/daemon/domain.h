// What a driver says about a domain (a virtual machine, real or pretended), and about the machine that it is on. Plain
// values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/rpc/wire_values.h"

namespace lockscope::daemon {

using rpc::DomainRef;
using rpc::Uuid;

// The numbers are those of the wire.
enum class DomainState : int32_t {
  kNoState = 0,
  kRunning = 1,
  kBlocked = 2,
  kPaused = 3,
  kShuttingDown = 4,
  kShutOff = 5,
  kCrashed = 6,
};

// Why a domain is in its state: numbers that depend on the state, 0 being "unknown" for all of them.
inline constexpr int32_t kRunningBooted = 1;
inline constexpr int32_t kRunningUnpaused = 5;
inline constexpr int32_t kPausedByUser = 1;
inline constexpr int32_t kShutOffDestroyed = 2;

struct DomainStatus {
  DomainState state = DomainState::kNoState;
  int32_t reason = 0;

  bool operator==(const DomainStatus&) const = default;
};

// What is built into a domain.
struct DomainHardware {
  std::string arch = "i686";
  uint64_t max_memory_kib = 8'388'608;
  uint64_t memory_kib = 2'097'152;
  uint32_t vcpus = 2;
  std::string disk_file = "/guest/diskimage1";  // "": no disk.
  std::string mac = "aa:bb:cc:dd:ee:ff";        // Of its interface on the network "default"; "": no interface.
  bool operator==(const DomainHardware&) const = default;
};

struct Domain {
  DomainRef ref;
  DomainStatus status;
  std::string os_type = "linux";
  uint64_t cpu_time_ns = 1'500'000'000;
  bool persistent = true;  // Defined also while it is off; else it is gone then.
  bool autostart = false;
  bool managed_save = false;
  std::vector<std::string> messages = {};
  DomainHardware hardware = {};

  bool active() const { return ref.id != -1; }
  bool operator==(const Domain&) const = default;
};

// A domain as it is, or as it will be when it is started the next time: then it has no number yet.
enum class DomainForm : uint8_t { kNow, kNextStart };

// What changes often about a domain, or is asked for often, in one answer.
struct DomainInfo {
  DomainState state = DomainState::kNoState;
  uint64_t max_memory_kib = 0;
  uint64_t memory_kib = 0;
  uint32_t vcpus = 0;
  uint64_t cpu_time_ns = 0;
  bool operator==(const DomainInfo&) const = default;
};

// The machine that the domains are on.
struct HostNode {
  struct Cell {  // Of memory with its own processors.
    uint64_t memory_kib = 0;
    uint64_t page_kib = 4;
    bool operator==(const Cell&) const = default;
  };
  std::string model = "i686";  // At most 31 characters go over the wire.
  uint64_t memory_kib = 3'145'728;
  uint32_t mhz = 1'400;
  uint32_t sockets = 2;  // In a cell.
  uint32_t cores = 2;    // In a socket.
  uint32_t threads = 2;  // In a core.
  std::vector<Cell> cells = {{2'097'152, 4}, {4'194'304, 8}};

  uint32_t cpus_per_cell() const { return sockets * cores * threads; }
  uint32_t cpus() const { return cpus_per_cell() * static_cast<uint32_t>(cells.size()); }
  bool operator==(const HostNode&) const = default;
};

}  // namespace lockscope::daemon
