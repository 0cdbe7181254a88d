// MemoryDriver: a Driver whose domains exist in memory only (domain_table.h), and whose calls take as long as a script says
// (memory_driver_config.h).
//
// It keeps the drivers' rule: its lock guards its domains and its place in the script, is held for some lines at a
// time, and never while it sleeps. A call works out its delay under the lock, lets go, sleeps through the seam it was
// given, and takes the lock again to do its work. A call that the script makes wait for another one waits on a condition,
// which lets the lock go, too. Workers call it, any number at once. It starts no thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/annotations.h"
#include "core/daemon/domain_table.h"
#include "core/daemon/driver.h"
#include "core/daemon/memory_driver_config.h"
#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"

namespace lockscope::daemon {

class MemoryDriver : public Driver {
 public:
  using Sleep = std::function<void(int64_t ns)>;

  // `sleep` is called from the calling worker, with none of this driver's locks held.
  MemoryDriver(MemoryDriverConfig config, Sleep sleep);

  // A domain is active that a client has started.
  bool active() const override { return active_.load(std::memory_order_relaxed); }

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
  DriverResult<std::string> DomainOsType(const DomainRef& domain) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<DomainInfo> DomainInfoOf(const DomainRef& domain) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<bool> DomainIsActive(const DomainRef& domain) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<bool> DomainIsPersistent(const DomainRef& domain) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<bool> DomainAutostart(const DomainRef& domain) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<bool> DomainHasManagedSave(const DomainRef& domain) override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<std::vector<std::string>> DomainMessages(const DomainRef& domain) override LS_DRIVER_CALL
      LS_REQUIRES(!mu_);
  DriverResult<std::string> DomainXml(const DomainRef& domain, DomainForm form) override LS_DRIVER_CALL
      LS_REQUIRES(!mu_);
  DriverResult<void> SuspendDomain(const DomainRef& domain, DomainEvents& events) override LS_DRIVER_CALL
      LS_REQUIRES(!mu_);
  DriverResult<void> ResumeDomain(const DomainRef& domain, DomainEvents& events) override LS_DRIVER_CALL
      LS_REQUIRES(!mu_);
  DriverResult<void> StartDomain(const DomainRef& domain, DomainEvents& events) override LS_DRIVER_CALL
      LS_REQUIRES(!mu_);
  DriverResult<void> DestroyDomain(const DomainRef& domain, DomainEvents& events) override LS_DRIVER_CALL
      LS_REQUIRES(!mu_);
  DriverResult<HostNode> NodeInfo() override LS_DRIVER_CALL LS_REQUIRES(!mu_);
  DriverResult<std::string> Capabilities() override LS_DRIVER_CALL LS_REQUIRES(!mu_);

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
  // Every call starts here: what the script makes it wait for, with no lock held; then its events, and its failure.
  DriverResult<void> Begin(std::string_view procedure) LS_REQUIRES(!mu_);
  DriverResult<void> Begin(std::string_view procedure, DomainEvents& events) LS_REQUIRES(!mu_);
  CallStep NextStep(std::string_view procedure) LS_REQUIRES(!mu_);
  DriverResult<Domain> Look(std::string_view procedure, const DomainRef& domain) LS_REQUIRES(!mu_);  // After Begin.
  using Change = DriverResult<DomainEvent> (DomainTable::*)(const DomainRef&);
  DriverResult<void> Make(Change change, std::string_view procedure, const DomainRef& domain, DomainEvents& events)
      LS_REQUIRES(!mu_);

  // Constant after construction.
  const std::string hostname_;
  const std::string uri_;
  const HostNode node_;
  const CallScript script_;
  const Sleep sleep_;
  const int64_t wait_limit_ns_;
  const std::set<std::string, std::less<>> awaited_;  // The procedures that some step waits for.

  std::atomic<bool> active_ = false;  // Of domains_, as of its last change: active() takes no lock.

  // Guarded by mu_.
  DomainTable domains_ LS_GUARDED_BY(mu_);
  std::map<std::string, uint64_t, std::less<>> calls_ LS_GUARDED_BY(mu_);  // So far, by name in the script.
  std::map<std::string, uint64_t, std::less<>> begun_ LS_GUARDED_BY(mu_);  // So far, of those in awaited_.
};

}  // namespace lockscope::daemon
