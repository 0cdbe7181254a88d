// MemoryDriver: a Driver whose domains exist in memory only, and whose calls take as long as a script says.
//
// It keeps the drivers' rule: its lock guards its domains and its place in the script, is held for some lines at a
// time, and never while it sleeps. A call works out its delay under the lock, lets go, sleeps through the seam it was
// given, and takes the lock again to do its work. A call that the script makes wait for another one waits on a condition,
// which lets the lock go, too. Workers call it, any number at once. It starts no thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/annotations.h"
#include "core/daemon/driver.h"
#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"

namespace lockscope::daemon {

// What one call of a procedure does: waits, then works or fails.
struct CallStep {
  int64_t delay_ns = 0;
  std::optional<DriverError> failure;
  // First of all it waits until a call of this procedure has begun after it; "": it does not. Where none comes in time it
  // fails with the error kOperationTimeout.
  std::string waits_for = {};
};

// By procedure name (see Dispatcher::DriverProcedureNames). The n-th call of a procedure takes the n-th step, and after
// the last step the first again; a procedure without steps takes those of "*", counted over all such procedures
// together, and if there is no "*" it works at once.
using CallScript = std::map<std::string, std::vector<CallStep>, std::less<>>;

// One running domain, "test", with the id 1.
std::vector<Domain> DefaultDomains();

struct MemoryDriverConfig {
  std::string hostname = "lockscope";
  std::string uri = "test:///default";  // The one address that can be opened, besides none.
  std::vector<Domain> domains = DefaultDomains();
  CallScript script;
  int64_t wait_limit_ns = 50'000'000;  // For CallStep::waits_for.
};

class MemoryDriver : public Driver {
 public:
  using Sleep = std::function<void(int64_t ns)>;

  // `sleep` is called from the calling worker, with none of this driver's locks held.
  MemoryDriver(MemoryDriverConfig config, Sleep sleep);

  DriverResult<void> Open(std::string_view uri, bool read_only) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<std::string> Hostname() override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<std::string> Type() override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<std::string> Uri() override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<uint64_t> Version() override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<uint64_t> LibVersion() override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<std::vector<DomainRef>> ListDomains(DomainFilter filter) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<DomainStatus> DomainStatusOf(const DomainRef& domain) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<DomainRef> DomainByName(std::string_view name) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<DomainRef> DomainByUuid(const Uuid& uuid) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<DomainRef> DomainById(int32_t id) override LS_DRIVER_CALL LS_REQUIRES(!mu_);

 protected:
  // Waits until more than `already_begun` calls of that procedure have begun. False: given up. The step in which drivers of
  // this kind differ (core/daemon/parts.h).
  virtual bool AwaitCall(std::string_view procedure, uint64_t already_begun) LS_REQUIRES(mu_);
  uint64_t CallsBegun(std::string_view procedure) const LS_REQUIRES(mu_);

  sync::Mutex mu_;
  sync::ConditionVariable call_begun_;

 private:
  DriverResult<void> AwaitOther(std::string_view procedure) LS_REQUIRES(!mu_);
  void NoteBegun(std::string_view procedure) LS_REQUIRES(!mu_);
  DriverResult<void> Begin(std::string_view procedure) LS_REQUIRES(!mu_);
  CallStep NextStep(std::string_view procedure) LS_REQUIRES(!mu_);
  template <typename Matches>
  DriverResult<Domain> Find(const Matches& matches, std::string_view wanted) LS_REQUIRES(!mu_);

  // Constant after construction.
  const std::string hostname_;
  const std::string uri_;
  const CallScript script_;
  const Sleep sleep_;
  const int64_t wait_limit_ns_;
  const std::set<std::string, std::less<>> awaited_;  // The procedures that some step waits for.

  // Guarded by mu_.
  std::vector<Domain> domains_ LS_GUARDED_BY(mu_);
  std::map<std::string, uint64_t, std::less<>> calls_ LS_GUARDED_BY(mu_);  // So far, by name in the script.
  std::map<std::string, uint64_t, std::less<>> begun_ LS_GUARDED_BY(mu_);  // So far, of those in awaited_.
};

}  // namespace lockscope::daemon
