// LatchDriver: a Driver whose calls domain_by_name(NAME) and domain_suspend(NAME) last until the test lets NAME go; the
// latter, and domain_resume, report an event. Other calls answer at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "core/daemon/driver.h"

namespace lockscope::testing {

class LatchDriver final : public daemon::Driver {
 public:
  // The test's side.
  void AwaitCall(const std::string& name);  // Until a worker is in that call.
  void Release(const std::string& name);
  size_t inside() const;  // How many calls are held.
  void SetActive(bool active) { active_ = active; }

  bool active() const override { return active_; }

  daemon::DriverResult<void> Open(std::string_view uri, bool read_only) override LS_DRIVER_CALL;
  daemon::DriverResult<std::string> Hostname() override LS_DRIVER_CALL;
  daemon::DriverResult<void> SuspendDomain(const daemon::DomainRef& domain,
                                           daemon::DomainEvents& events) override LS_DRIVER_CALL;
  daemon::DriverResult<void> ResumeDomain(const daemon::DomainRef& domain,
                                          daemon::DomainEvents& events) override LS_DRIVER_CALL;
  daemon::DriverResult<daemon::DomainRef> DomainByName(std::string_view name) override LS_DRIVER_CALL;

 private:
  void Hold(const std::string& name);

  mutable std::mutex mu_;  // Private, never traced.
  std::condition_variable changed_;
  std::set<std::string> inside_;
  std::set<std::string> released_;
  std::atomic<bool> active_ = false;
};

}  // namespace lockscope::testing
