// Bug: a driver call that waits for another call waits without a limit.
//
// The author's thought: "The other call is on its way, it cannot be long." It is: in a dx queue, and takes a worker to
// begin. When as many calls wait as there are workers, nobody is left to make the one that they wait for, and no lock is
// held by anybody: every thread sleeps, each for a good reason. The correct driver gives up in time, with an error.
// Breaks R6, every-job-taken-once: the call that they wait for stays on dx, and nobody is awake to take it.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/memory_driver.h"

namespace lockscope::daemon::bugs {
namespace {

class PatientDriver final : public MemoryDriver {
 public:
  using MemoryDriver::MemoryDriver;

 private:
  bool AwaitCall(std::string_view procedure, uint64_t already_begun) override LS_REQUIRES(mu_);
};

bool PatientDriver::AwaitCall(std::string_view procedure, uint64_t already_begun) {
  while (CallsBegun(procedure) == already_begun) call_begun_.wait(mu_);
  return true;
}

}  // namespace

void InstallWaitsForEverInACall(Parts& parts) { parts.memory_driver = MakePart<PatientDriver>(); }

}  // namespace lockscope::daemon::bugs
